import type { PauseAnswer } from '#contracts';
import { connectToRead } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { jobsText, printOrder, type OrderOptions } from '../print-order.js';

/** Leases nothing more of a workflow once this has returned; what workers have goes on. Safe to repeat. */
export async function pause(call: Call, selector: string, { dryRun }: OrderOptions): Promise<ExitCode> {
  const connection = await connectToRead(call);
  try {
    const answer = await connection.client.pause(selector, { dryRun });
    await printOrder(call, answer, { sentences: sentencesOf(answer), dryRun });
    await call.terminal.out.flush();
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}

function sentencesOf({ workflow, changed, dryRun, pausedAt, counts }: PauseAnswer): string[] {
  const held = jobsText([
    [counts.ready, 'ready'],
    [counts.waiting, 'waiting'],
  ]);
  const running = counts.leased === 0 ? 'nothing runs' : `${runningText(counts.leased)} on`;
  if (!changed) return [`${workflow} is paused already, since ${pausedAt ?? 'just now'}: ${held} held; ${running}`];
  return [
    `${dryRun ? 'would pause' : 'paused'} ${workflow}: holds ${held}; ${running}`,
    ...(dryRun ? [] : [`        let it go on: sluice resume ${workflow}`]),
  ];
}

const runningText = (leased: number): string => `${jobsText([[leased, 'running']])} ${leased === 1 ? 'goes' : 'go'}`;
