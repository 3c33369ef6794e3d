import type { AttemptView, JobAttempts } from '#contracts';
import { counted, duration, memory } from './numbers.js';
import { cut, printable, wrap } from './printable.js';
import { table } from './table.js';

const attemptsShownMax = 6;
const width = 80;

/** `calibrate/17 failed: memory` */
export const sentence = ({ label, name, state, reason }: JobAttempts): string =>
  cut(`${printable(label)}/${printable(name)} ${state}${reason === null ? '' : `: ${reason}`}`, width);

/** The attempts of a job as a table, the newest last. */
export function attemptLines(found: JobAttempts): string[] {
  const shown = found.attempts.slice(-attemptsShownMax);
  const earlier = found.attempts.length - shown.length;
  if (shown.length === 0) return [sentence(found), 'it was never tried'];
  return [
    sentence(found),
    ...table(
      [
        { title: 'try', align: 'right' },
        { title: 'run', align: 'right' },
        { title: 'outcome', align: 'left' },
        { title: 'reason', align: 'left' },
        { title: 'exit', align: 'right' },
        { title: 'site', align: 'left', widthMax: 10 },
        { title: 'worker', align: 'left', widthMax: 16 },
        { title: 'took', align: 'right' },
        { title: 'ended', align: 'left' },
      ],
      shown.map(cellsOf),
    ),
    ...memoryLine(shown),
    ...unchargedLine(shown),
    ...(earlier > 0 ? [`... and ${earlier} before: -o json`] : []),
  ];
}

const cellsOf = (attempt: AttemptView): string[] => [
  ...[String(attempt.attempt), String(attempt.runNo), attempt.outcome ?? 'running', attempt.reason ?? ''],
  ...[attempt.signal?.replace(/^SIG/, '') ?? String(attempt.exitCode ?? ''), attempt.site ?? '', attempt.worker ?? ''],
  ...[tookText(attempt), attempt.endedAt?.replace('T', ' ').replace(/\.\d+Z$/, 'Z') ?? ''],
];

/** What each used of what it was allowed, where that changed. */
function memoryLine(shown: readonly AttemptView[]): string[] {
  if (new Set(shown.map(({ allowedMemoryMib }) => allowedMemoryMib)).size < 2) return [];
  const parts = shown.map(({ attempt, peakMemoryMib, allowedMemoryMib }) => {
    const used = peakMemoryMib === null ? '' : `${memory(peakMemoryMib)} of `;
    return `try ${attempt} ${used}${memory(allowedMemoryMib)}`;
  });
  return wrap(`memory: ${parts.join(', ')}`, width, '  ');
}

/** What cost the job none of its tries. */
function unchargedLine(shown: readonly AttemptView[]): string[] {
  const tries = shown.filter(({ uncharged }) => uncharged).map(({ attempt }) => attempt);
  return tries.length === 0 ? [] : wrap(`charged to no budget: try ${tries.join(', ')}`, width, '  ');
}

const tookText = ({ startedAt, endedAt }: AttemptView): string =>
  startedAt === null || endedAt === null ? '' : duration((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000);

/** What the file store has of it. */
export function fullLogLine({ log }: AttemptView): string[] {
  if (log === undefined) return [];
  if (log.leftOut) return ['full log: left out, its space had no room for it'];
  return [`full log: with --full, ${counted(log.bytes, 'byte')} compressed`];
}

/** Where the whole log lies. @param here its folder on this machine; null: not here, or not any more */
export function placeLine({ folder, site, worker }: AttemptView, here: string | null): string[] {
  if (here !== null) return [`whole log: ${printable(here)}`];
  if (folder === null) return [];
  const place = `${printable(folder)} of worker ${printable(worker ?? '')} at ${printable(site ?? '')}`;
  return wrap(`whole log, if it was kept: ${place}`, width, '  ');
}
