/**
 * Finds processes that left their group before they were seen: their environment still names it. Looks through all
 * processes of the machine, so all groups that end within a second share one search, and a slow search is seldom.
 * A process that forgets its environment and its parent is not found: that takes a cgroup or a sandbox.
 */
import { readdirSync } from 'node:fs';
import { readControl } from './control-file.js';

const pauseMs = { least: 1_000, longest: 5_000 };
/** A search takes this part of the time, unless that would make it too seldom. */
const partOfTime = 0.02;
/** The processes of a group are looked for in so many searches. */
const searches = 2;

/** Names a group in the environment of its processes, as no other group of any worker is named. */
const mark = 'SLUICE_GROUP';

const ended = new Map<string, number>();
let timer: NodeJS.Timeout | undefined;
let tookMs = 0;

/** @returns the environment by which the processes of a group are known */
export const markedEnvironment = (env: Readonly<Record<string, string>>, group: string): Record<string, string> => {
  return { ...env, [mark]: group };
};

/** A group has ended: whatever still runs with its mark is ended soon. */
export function endEscaped(group: string): void {
  if (process.platform !== 'linux') return;
  ended.set(group, searches);
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
  const group = readControl(`/proc/${pid}/environ`)
    ?.split('\0')
    .find((entry) => entry.startsWith(`${mark}=`));
  if (group === undefined || !ended.has(group.slice(mark.length + 1))) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
