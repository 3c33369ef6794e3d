import type { PauseAnswer } from '#contracts';
import { connectToRead, noteNoWorkers } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { jobsText, printOrder, type OrderOptions } from '../print-order.js';

/** Lets a paused workflow go on. Safe to repeat. */
export async function resume(call: Call, selector: string, { dryRun }: OrderOptions): Promise<ExitCode> {
  const connection = await connectToRead(call);
  try {
    const answer = await connection.client.resume(selector, { dryRun });
    await printOrder(call, answer, { sentences: [sentenceOf(answer)], dryRun });
    await call.terminal.out.flush();
    if (!dryRun) noteNoWorkers(call, connection);
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}

function sentenceOf({ workflow, changed, dryRun, counts }: PauseAnswer): string {
  if (!changed) return `${workflow} is not paused: nothing to give back`;
  const given = jobsText([
    [counts.ready, 'ready'],
    [counts.waiting, 'waiting'],
  ]);
  return `${dryRun ? 'would resume' : 'resumed'} ${workflow}: gives back ${given}`;
}
