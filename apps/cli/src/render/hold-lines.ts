/**
 * Owns what `show` says of ready jobs that something holds up, in a line or two of the words of `why`. What is a matter of
 * turns is not told: those jobs are about to go.
 */
import type { WaitCause, WorkflowView, WorkflowWait } from '#contracts';
import { grouped } from './numbers.js';
import { cut, printable, wrap } from './printable.js';
import { hasEnded } from './workflow-text.js';

const holdsMax = 2;
const linesOfTextMax = 2;
const labelWidthMax = 24;
const indent = '  ';
const holding: readonly WaitCause[] = [
  ...(['no-worker', 'no-worker-offers-transform', 'no-worker-fits', 'site-closed'] as const),
  ...(['allocation', 'limit', 'held', 'paused'] as const),
];

/** Whether it is worth asking why ready jobs do not run: some are there, and no pause of the whole workflow says it all. */
export const mayBeHeld = ({ workflow }: WorkflowView): boolean =>
  workflow.counts.ready > 0 && workflow.pausedAt === null && !hasEnded(workflow.state);

/**
 * The two waits that hold most ready jobs up, each with the command that helps.
 * @param room lines there are, at least 1: commands give way first, then the second wait
 */
export function holdLines(id: string, waits: readonly WorkflowWait[], { width, room }: Room): string[] {
  const holds = waits.filter(({ state, cause }) => state === 'ready' && holding.includes(cause));
  const shown = holds.slice(0, holdsMax);
  const more = holds.length - shown.length;
  const rest = more > 0 ? [`! ... and ${grouped(more)} more: sluice why ${id}`] : [];
  const told = shown.map((wait) => wrap(textOf(wait), width, indent).slice(0, linesOfTextMax));
  const advised = told.map((lines, at) => [...lines, ...remedyLine(shown[at])]);
  const ways = [
    [...advised.flat(), ...rest],
    [...told.flat(), ...rest],
  ];
  return ways.find((lines) => lines.length <= room) ?? [...(told[0] ?? [])].slice(0, room);
}

interface Room {
  width: number;
  room: number;
}

function textOf({ jobs, label, text }: WorkflowWait): string {
  const who = `${grouped(jobs)} ready ${jobs === 1 ? 'job' : 'jobs'} of ${cut(printable(label), labelWidthMax)}`;
  return `! ${who}: ${printable(text)}`;
}

/** Whole or not at all: it is there to be typed. */
const remedyLine = (wait: WorkflowWait | undefined): string[] =>
  !wait?.remedy || wait.text.includes(wait.remedy) ? [] : [`${indent}${printable(wait.remedy)}`];
