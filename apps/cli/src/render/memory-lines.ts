import type { TaskMemory, TaskView } from '#contracts';
import { memory } from './numbers.js';
import { cut, printable } from './printable.js';

const width = 80;
const labelWidthMax = 24;
/** What is asked for may be so many times what is needed before it is worth a word. */
const slackTimes = 1.5;

/**
 * Labels whose jobs should ask for another amount of memory, or get one that was learned: those furthest off first.
 * @param linesMax at least 1
 */
export function memoryLines(tasks: readonly TaskView[], linesMax: number): string[] {
  const told = tasks.flatMap(({ label, memory: seen }) => {
    const advice = seen && adviceOf(seen);
    return seen && advice ? [{ offBy: offBy(seen), line: lineOf(label, seen, advice) }] : [];
  });
  const lines = told.sort((a, b) => b.offBy - a.offBy).map(({ line }) => cut(line, width));
  if (lines.length <= linesMax) return lines;
  return [...lines.slice(0, linesMax - 1), `memory  ... and ${lines.length - linesMax + 1} more labels: -o json`];
}

const lineOf = (label: string, { peakMib, askedMib }: TaskMemory, advice: string): string =>
  `memory  ${cut(printable(label), labelWidthMax)}: p95 ${memory(peakMib ?? 0)} of ${memory(askedMib)} asked, ${advice}`;

/** @returns '' where there is nothing to say */
function adviceOf({ askedMib, nextMib, neededMib }: TaskMemory): string {
  if (nextMib !== askedMib) return `next jobs get ${memory(nextMib)}`;
  if (neededMib === null) return '';
  if (neededMib > askedMib) return `raise to ${memory(neededMib)}`;
  return neededMib * slackTimes < askedMib ? `could be lowered to ${memory(neededMib)}` : '';
}

const offBy = ({ askedMib, neededMib }: TaskMemory): number => Math.abs(Math.log((neededMib ?? askedMib) / askedMib));
