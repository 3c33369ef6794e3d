import type { BrokenRow, InvariantVerdict } from '#contracts';
import { counted, grouped } from './numbers.js';
import { cut, padEnd, printable, wrap } from './printable.js';

const width = 80;
/** Broken rows shown of one invariant. */
const rowsShownMax = 5;
/** The server counts no further. */
const brokenRowsMax = 1_000;

/** One invariant that was checked here, and the first rows that break it. */
export function verifyLines(verdict: InvariantVerdict): string[] {
  if (verdict.verdict === 'elsewhere' || verdict.verdict === 'whole') return [];
  const { rows, broken } = verdict;
  const head = `${padEnd(verdict.invariant, 4)} ${padEnd(words[verdict.verdict], 8)} ${verdict.says}`;
  const shown = rows.slice(0, rowsShownMax);
  const more = broken > shown.length ? [`       ... ${moreThan(broken, shown.length)}`] : [];
  return [cut(head, width), ...shown.map((row) => cut(`       ${rowText(row)}`, width)), ...more];
}

/** What it came to, and what only the test suite can tell. */
export function verifyEnd(verdicts: readonly InvariantVerdict[]): string[] {
  const of = (word: InvariantVerdict['verdict']): InvariantVerdict[] =>
    verdicts.filter(({ verdict }) => verdict === word);
  const [ok, broken, unknown] = [of('ok').length, of('broken').length, of('unknown').length];
  const named = (word: InvariantVerdict['verdict']): string[] => of(word).map(({ invariant }) => invariant);
  const [elsewhere, whole] = [named('elsewhere'), named('whole')];
  const partly = verdicts.flatMap(({ verdict, invariant, left }) =>
    verdict === 'elsewhere' || verdict === 'whole' || left === null ? [] : [invariant],
  );
  return [
    `${counted(verdicts.length - elsewhere.length - whole.length, 'invariant')} checked: ${ok} hold, ${broken} broken` +
      (unknown > 0 ? `, ${unknown} not judged: PostgreSQL was too slow` : ''),
    ...(whole.length > 0 ? [`of all workflows together: ${whole.join(' ')}`] : []),
    ...wrap(`left to the test suite: ${elsewhere.join(' ')}; in part: ${partly.join(' ')}`, width, '  '),
  ];
}

const words = { ok: 'ok', broken: 'BROKEN', unknown: 'too slow' } as const;

const moreThan = (broken: number, shown: number): string =>
  broken >= brokenRowsMax ? `${grouped(broken - shown)} more or over` : `${grouped(broken - shown)} more`;

/** `w-abcdefghij job 17 align_17: parents_left is 2, unmet edges are 1` */
function rowText({ workflow, ordinal, name, wrong }: BrokenRow): string {
  const job = ordinal === null ? [] : ['job', String(ordinal), ...(name === null ? [] : [cut(printable(name), 24)])];
  const subject = [...(workflow === null ? [] : [workflow]), ...job].join(' ');
  return subject === '' ? printable(wrong) : `${subject}: ${printable(wrong)}`;
}
