import type { GrantView, SpaceView } from '#contracts';
import type { ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { onSpaces } from '../on-spaces.js';
import { printAnswer } from '../print-answer.js';
import { printList } from '../print-list.js';
import type { Cell } from '../render/csv.js';
import { grouped } from '../render/numbers.js';
import { printable } from '../render/printable.js';
import { table } from '../render/table.js';

const head = ['name', 'role', 'outputPrefix', 'queuedJobs', 'runningCores', 'fileBytes', 'logBytes', 'createdAt'];
const cellsOf = ({ name, role, outputPrefix, quotas, createdAt }: SpaceView): Cell[] => [
  ...[name, role, outputPrefix, quotas.queuedJobs, quotas.runningCores, quotas.fileBytes, quotas.logBytes, createdAt],
];
const tableRowsMax = 20;

/** Lists spaces by name. */
export function spaceLs(call: Call): Promise<ExitCode> {
  return onSpaces(call, async (spaces) => {
    const format = call.globals.output;
    if (format !== 'table')
      return printList(call, { format, head, cellsOf, idOf: ({ name }) => name }, spaces.list(), Infinity);
    const all: SpaceView[] = [];
    for await (const space of spaces.list()) all.push(space);
    await printTable(call, all);
  });
}

/** Shows a space; to its administrators also who has which role there. */
export function spaceShow(call: Call, name: string): Promise<ExitCode> {
  return onSpaces(call, async (spaces) => {
    const space = name === '*' ? null : await spaces.show(name);
    const administers = space === null || space.role === 'administrator';
    const grants = administers ? await spaces.grants(name) : null;
    const lines = [...(space ? spaceLines(space) : []), ...(grants ? grantLines(grants) : [])];
    const rows = space ? [cellsOf(space)] : [];
    await printAnswer(call, { ...(space && { space }), ...(grants && { grants }) }, { lines, ids: [name], head, rows });
  });
}

async function printTable({ terminal: { out, note } }: Call, all: readonly SpaceView[]): Promise<void> {
  if (all.length === 0) return note('you have a role in no space: ask an administrator of one');
  const columns = [
    { title: 'space', align: 'left' as const, widthMax: 40 },
    { title: 'your role', align: 'left' as const },
    ...['queued max', 'cores max'].map((title) => ({ title, align: 'right' as const })),
  ];
  const rows = all
    .slice(0, tableRowsMax)
    .map(({ name, role, quotas }) => [
      ...[printable(name), role ?? '-', boundText(quotas.queuedJobs), boundText(quotas.runningCores)],
    ]);
  await out.lines(table(columns, rows));
  if (all.length > tableRowsMax) note(`... and ${all.length - tableRowsMax} more: -o json has all`);
}

/** What is said of a space, line by line. */
export function spaceLines({ name, role, outputPrefix, quotas }: SpaceView): string[] {
  return [
    `${printable(name)}: your role is ${role ?? 'none'}`,
    `  outputs  ${outputPrefix === null ? 'anywhere that its jobs may write' : `below ${printable(outputPrefix)}`}`,
    `  at most  ${boundText(quotas.queuedJobs)} queued jobs, ${boundText(quotas.runningCores)} cores`,
    `           ${boundText(quotas.fileBytes)} bytes of files, ${boundText(quotas.logBytes)} of logs (-: no bound)`,
  ];
}

function grantLines(grants: readonly GrantView[]): string[] {
  if (grants.length === 0) return ['  nobody was given a role'];
  const columns = ['role', 'held by', 'issuer', 'given by'].map((title) => ({ title, align: 'left' as const }));
  const rows = grants.map(({ role, holder, name, issuer, grantedBy }) => [
    ...[role, `${holder} ${printable(name)}`, printable(issuer), printable(grantedBy)],
  ]);
  return table(columns, rows);
}

const boundText = (bound: number | null): string => (bound === null ? '-' : grouped(bound));
