/**
 * Finds processes that left their attempt before they were seen: their environment still names it. Looks through all
 * processes of the machine, so all attempts that end within a second share one search, and a slow search is seldom.
 * A process that forgets its environment and its parent is not found: that takes a cgroup or a sandbox.
 */
import { readdirSync } from 'node:fs';
import { readControl } from './control-file.js';

const pauseMs = { least: 1_000, longest: 5_000 };
/** A search takes this part of the time, unless that would make it too seldom. */
const partOfTime = 0.02;
/** An attempt's processes are looked for in so many searches. */
const searches = 2;

const marks = ['SLUICE_WORKFLOW', 'SLUICE_ORDINAL', 'SLUICE_ATTEMPT'] as const;

const ended = new Map<string, number>();
let timer: NodeJS.Timeout | undefined;
let tookMs = 0;

/** An attempt has ended: whatever still runs with this environment's marks is ended soon. */
export function endEscaped(env: Readonly<Record<string, string>>): void {
  const key = keyOf((mark) => env[mark]);
  if (key === null || process.platform !== 'linux') return;
  ended.set(key, searches);
  timer ??= setTimeout(search, nextPauseMs()).unref();
}

function search(): void {
  timer = undefined;
  const startedMs = performance.now();
  for (const name of readdirSync('/proc')) if (/^\d+$/.test(name)) endIfEscaped(Number(name));
  tookMs = performance.now() - startedMs;
  for (const [key, left] of ended)
    if (left > 1) ended.set(key, left - 1);
    else ended.delete(key);
  if (ended.size > 0) timer = setTimeout(search, nextPauseMs()).unref();
}

const nextPauseMs = (): number => Math.min(pauseMs.longest, Math.max(pauseMs.least, tookMs / partOfTime));

function endIfEscaped(pid: number): void {
  const text = readControl(`/proc/${pid}/environ`);
  if (text === null || !text.includes(`${marks[0]}=`)) return;
  const given = new Map(text.split('\0').map((entry): [string, string] => split(entry)));
  const key = keyOf((mark) => given.get(mark));
  if (key === null || !ended.has(key)) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

function split(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return [entry.slice(0, at), entry.slice(at + 1)];
}

function keyOf(valueOf: (mark: string) => string | undefined): string | null {
  const values = marks.map(valueOf);
  return values.includes(undefined) ? null : values.join('/');
}
