import type { ShareView } from '#contracts';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { onShares } from '../on-shares.js';
import { printAnswer } from '../print-answer.js';
import { printList } from '../print-list.js';
import type { Cell } from '../render/csv.js';
import { printable } from '../render/printable.js';
import { shareLines, shareTable } from '../render/share-text.js';

const rowsMax = 20;

const head = [
  ...['path', 'weight', 'target', 'part', 'factor', 'useCoreHours', 'outsideCoreHours', 'runningCores', 'readyJobs'],
  ...['allocation', 'left', 'spent', 'spaces'],
];

const cellsOf = (share: ShareView): Cell[] => [
  ...[share.path, share.weight, share.target, share.part, share.factor, share.useCoreHours, share.outsideCoreHours],
  ...[share.runningCores, share.readyJobs, share.allocation?.coreHours ?? null],
  ...[share.allocation?.leftCoreHours ?? null, share.spent, share.spaces.join(' ')],
];

/** Lists the tree of shares; a table holds those where something happens, the largest first. */
export function shareLs(call: Call, under?: string): Promise<ExitCode> {
  return onShares(call, async (client) => {
    const list = await client.shares(under);
    if (under !== undefined && list.shares.length === 0) throw noShare(under);
    if (call.globals.output === 'table' && list.shares.length === 0) {
      return call.terminal.note('no share yet: one appears with the first workflow of a user');
    }
    const format = call.globals.output;
    if (format !== 'table') {
      const shape = { format, head, cellsOf, idOf: ({ path }: ShareView) => printable(path) };
      return printList(call, shape, oneByOne(list.shares), Infinity);
    }
    const { lines, hidden } = shareTable(list, rowsMax);
    await call.terminal.out.lines(lines);
    if (hidden > 0) call.terminal.note(`... and ${hidden} more with less use: sluice share ls PATH, or -o csv for all`);
  });
}

async function* oneByOne<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

/** All of one share. */
export function shareShow(call: Call, path: string): Promise<ExitCode> {
  return onShares(call, async (client) => {
    const list = await client.shares(path);
    const share = list.shares.find((one) => one.path === path);
    if (!share) throw noShare(path);
    const lines = shareLines(share, list.halfLifeHours);
    await printAnswer(call, share, { lines, ids: [printable(share.path)], head, rows: [cellsOf(share)] });
  });
}

const noShare = (path: string): CliFault =>
  new CliFault(exitCodes.notFound, [`no share ${printable(path)}`, '`sluice share ls` lists them']);
