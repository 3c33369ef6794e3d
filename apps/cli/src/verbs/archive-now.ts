import { setTimeout as sleep } from 'node:timers/promises';
import type { SluiceClient } from '#client';
import type { ArchiveAnswer } from '#contracts';
import type { DryRunOption } from '../commands/dry-run.js';
import { connectToRead } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printAnswer } from '../print-answer.js';
import { dryRunNote } from '../print-order.js';
import { archiveOrderLines } from '../render/archive-text.js';

export interface ArchiveNowOptions extends DryRunOption {
  timeout: number;
}

const lookMs = 500;

/** Orders that an ended workflow be archived, and waits for it. Safe to repeat. */
export async function archiveNow(
  call: Call,
  selector: string,
  { dryRun, timeout }: ArchiveNowOptions,
): Promise<ExitCode> {
  const connection = await connectToRead(call);
  const { client } = connection;
  try {
    const ordered = await client.archive(selector, { dryRun });
    const answer = dryRun ? ordered : await untilArchived(client, ordered, timeout);
    const lines = [...archiveOrderLines(answer), ...(dryRun && answer.archived === null ? [dryRunNote] : [])];
    const row = [answer.workflow, answer.archived?.at ?? null, answer.archived?.place ?? null];
    await printAnswer(call, answer, {
      ...{ lines, ids: [answer.workflow] },
      ...{ head: ['id', 'archivedAt', 'place'], rows: [row] },
    });
    if (dryRun || answer.archived !== null) return exitCodes.ok;
    call.terminal.note(
      `not archived within ${timeout} s; the order stands. Transformers need SLUICE_ARCHIVE_DIR for it`,
    );
    return exitCodes.timedOut;
  } finally {
    await call.terminal.out.flush();
    await connection.release();
  }
}

/** A transformer looks for orders every few seconds. */
async function untilArchived(client: SluiceClient, ordered: ArchiveAnswer, timeoutSec: number): Promise<ArchiveAnswer> {
  const endMs = performance.now() + timeoutSec * 1_000;
  let answer = ordered;
  while (answer.archived === null && performance.now() < endMs) {
    await sleep(lookMs);
    const { workflow } = await client.workflow(ordered.workflow);
    answer = { ...ordered, archived: workflow.archived ?? null };
  }
  return answer;
}
