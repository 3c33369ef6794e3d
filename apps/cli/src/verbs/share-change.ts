import { readFile } from 'node:fs/promises';
import type { SharesApply, SharesChanged } from '#contracts';
import type { AllocateOptions } from '../commands/share.js';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { onShares } from '../on-shares.js';
import { printAnswer } from '../print-answer.js';
import { dryRunNote } from '../print-order.js';
import { printable } from '../render/printable.js';
import { refusalLines } from '../render/refusal.js';
import { changeLines } from '../render/share-text.js';

export interface ShareSetOptions {
  weight?: number;
  space?: string[];
  dryRun: boolean;
}

/** Lines about single shares; the rest is counted. */
const linesMax = 18;

/** Makes a share, or changes what is given. */
export function shareSet(call: Call, path: string, { weight, space, dryRun }: ShareSetOptions): Promise<ExitCode> {
  return apply(call, { shares: [{ path, weight, spaces: space }], dryRun });
}

/** Gives a share a budget, or takes it away. */
export function shareAllocate(call: Call, path: string, options: AllocateOptions): Promise<ExitCode> {
  const { coreHours, days, soft, dryRun } = options;
  const allocation = coreHours === null ? null : { coreHours, periodDays: days ?? null, strict: !soft };
  return apply(call, { shares: [{ path, allocation }], dryRun });
}

/** Applies a shares file: all of it or nothing. Shares that it does not name stay as they are. */
export async function shareApply(call: Call, file: string, { dryRun }: { dryRun: boolean }): Promise<ExitCode> {
  const { readSharesFile } = await import('#documents');
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new CliFault(exitCodes.usage, [`cannot read ${printable(file)}: ${(cause as Error).message}`], { cause });
  });
  const read = await readSharesFile(bytes);
  if ('refusal' in read) throw new CliFault(exitCodes.usage, refusalLines(file, read.refusal, '; nothing was changed'));
  return apply(call, { ...read.file, dryRun });
}

/** Removes a share. */
export function shareRm(call: Call, path: string, { dryRun }: { dryRun: boolean }): Promise<ExitCode> {
  return onShares(call, async (client) => printChanges(call, await client.removeShare({ path, dryRun })));
}

const apply = (call: Call, order: SharesApply): Promise<ExitCode> =>
  onShares(call, async (client) => printChanges(call, await client.applyShares(order)));

async function printChanges(call: Call, answer: SharesChanged): Promise<void> {
  const { changed, dryRun } = answer;
  const lines = changed.flatMap(changeLines);
  await printAnswer(call, answer, {
    lines: [
      ...(dryRun && lines.length > 0 ? ['would change:'] : []),
      ...(lines.length === 0 ? ['nothing to change: all is as it was'] : lines.slice(0, linesMax)),
      ...(lines.length > linesMax ? [`... and ${lines.length - linesMax} lines more: -o json has all`] : []),
      ...(dryRun ? [dryRunNote] : []),
    ],
    ids: changed.map(({ path }) => printable(path)),
    head: ['path', 'what', 'setting', 'before', 'after'],
    rows: changed.flatMap(({ path, what, changes }) =>
      changes.map(({ setting, before, after }) => [path, what, setting, JSON.stringify(before), JSON.stringify(after)]),
    ),
  });
}
