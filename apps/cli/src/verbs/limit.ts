import type { LimitCalls } from '#client';
import type { LimitAnswer, LimitView } from '#contracts';
import type { NamedLimit } from '../commands/limit.js';
import { connectToRead } from '../connect.js';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printAnswer } from '../print-answer.js';
import { printList } from '../print-list.js';
import { dryRunNote } from '../print-order.js';
import type { Cell } from '../render/csv.js';
import { grouped } from '../render/numbers.js';
import { printable } from '../render/printable.js';
import { table } from '../render/table.js';

/** `none` takes a cap away. */
export type Cap = number | 'none';

export interface LimitSetOptions {
  /** Left out, it stays. */
  jobs?: Cap;
  cores?: Cap;
  dryRun: boolean;
}

const tableRowsMax = 20;
const head = ['kind', 'name', 'capJobs', 'usedJobs', 'capCores', 'usedCores'] as const;
const cellsOf = (limit: LimitView): Cell[] => head.map((column) => limit[column]);

/** Lists limits by kind and name. */
export function limitLs(call: Call): Promise<ExitCode> {
  return onLimits(call, async (limits) => {
    const all = await limits.list();
    const format = call.globals.output;
    if (format === 'table') return printTable(call, all);
    await printList(call, { format, head, cellsOf, idOf: nameOf }, oneByOne(all), Infinity);
  });
}

/** Sets caps of a limit. */
export function limitSet(call: Call, limit: NamedLimit, { jobs, cores, dryRun }: LimitSetOptions): Promise<ExitCode> {
  if (jobs === undefined && cores === undefined)
    throw new CliFault(exitCodes.usage, ['give --jobs, --cores or both', 'a number caps, none takes the cap away']);
  return onLimits(call, async (limits) => {
    const answer = await limits.set(limit, {
      ...(jobs !== undefined && { capJobs: jobs === 'none' ? null : jobs }),
      ...(cores !== undefined && { capCores: cores === 'none' ? null : cores }),
      dryRun,
    });
    await print(call, answer, `${dryRun ? 'would set' : 'set'} ${printable(nameOf(limit))}: ${capsText(answer.limit)}`);
  });
}

/** Removes a limit. */
export function limitRemove(call: Call, limit: NamedLimit, { dryRun }: { dryRun: boolean }): Promise<ExitCode> {
  return onLimits(call, async (limits) => {
    const answer = await limits.remove(limit, { dryRun });
    const was = `it was ${capsText(answer.limit)}`;
    await print(call, answer, `${dryRun ? 'would remove' : 'removed'} ${printable(nameOf(limit))}: ${was}`);
  });
}

async function onLimits(call: Call, work: (limits: LimitCalls) => Promise<void>): Promise<ExitCode> {
  const connection = await connectToRead(call);
  try {
    await work(connection.client.limits);
    await call.terminal.out.flush();
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}

function print(call: Call, answer: LimitAnswer, sentence: string): Promise<void> {
  const { limit, dryRun } = answer;
  const lines = [sentence, `        with workers now: ${usedText(limit)}`, ...(dryRun ? [dryRunNote] : [])];
  return printAnswer(call, answer, { lines, ids: [nameOf(limit)], head, rows: [cellsOf(limit)] });
}

async function printTable({ terminal: { out, note } }: Call, all: readonly LimitView[]): Promise<void> {
  if (all.length === 0) return note('no limit is set: sluice limit set NAME --jobs N');
  const right = ['jobs', 'jobs max', 'cores', 'cores max'].map((title) => ({ title, align: 'right' as const }));
  const rows = all
    .slice(0, tableRowsMax)
    .map((limit) => [
      ...[nameOf(limit), grouped(limit.usedJobs), capText(limit.capJobs)],
      ...[coresText(limit.usedCores), capText(limit.capCores)],
    ]);
  await out.lines(table([{ title: 'limit', align: 'left', widthMax: 40 }, ...right], rows));
  if (all.length > tableRowsMax) note(`... and ${all.length - tableRowsMax} more: -o json has all`);
}

/** As `limit set` takes it. */
const nameOf = ({ kind, name }: NamedLimit): string =>
  kind === 'named' && !/^(named|site|space|user|workflow):/.test(name) ? name : `${kind}:${name}`;

const capText = (cap: number | null): string => (cap === null ? '-' : coresText(cap));
const coresText = (cores: number): string => (Number.isInteger(cores) ? grouped(cores) : String(cores));
const usedText = ({ usedJobs, usedCores }: LimitView): string =>
  `${grouped(usedJobs)} ${usedJobs === 1 ? 'job' : 'jobs'} on ${coresText(usedCores)} ${usedCores === 1 ? 'core' : 'cores'}`;

function capsText({ capJobs, capCores }: LimitView): string {
  const caps = [
    ...(capJobs === null ? [] : [`${grouped(capJobs)} ${capJobs === 1 ? 'job' : 'jobs'}`]),
    ...(capCores === null ? [] : [`${coresText(capCores)} ${capCores === 1 ? 'core' : 'cores'}`]),
  ];
  return caps.length === 0 ? 'no cap' : `at most ${caps.join(' and ')}`;
}

async function* oneByOne<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}
