import type { PauseAnswer } from '#contracts';
import { connectToRead, noteNoWorkers } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { aboutPause, narrowed, type PauseOptions } from '../pause-answer.js';
import { jobsText, printOrder } from '../print-order.js';
import { printable } from '../render/printable.js';

/** Lets a paused workflow go on. Safe to repeat. */
export async function resume(call: Call, selector: string, { dryRun, label: labels }: PauseOptions): Promise<ExitCode> {
  const connection = await connectToRead(call);
  try {
    const answer = await connection.client.resume(selector, { dryRun, labels });
    await printOrder(call, narrowed(answer), { sentences: [sentenceOf(answer)], dryRun });
    await call.terminal.out.flush();
    if (!dryRun) noteNoWorkers(call, connection);
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}

function sentenceOf(answer: PauseAnswer): string {
  const { changed, dryRun, state, labels, workflow } = answer;
  const { who, isMany, counts } = aboutPause(answer);
  if (!changed) return `${who} ${isMany ? 'are' : 'is'} not paused: nothing to give back`;
  const given = jobsText([
    [counts.ready, 'ready'],
    [counts.waiting, 'waiting'],
  ]);
  const done = `${dryRun ? 'would resume' : 'resumed'} ${who}: `;
  if (labels !== null && state === 'paused') return `${done}${given} wait still, since ${workflow} is paused`;
  return `${done}gives back ${given}${stillPaused(answer)}`;
}

/** Labels that were paused by themselves stay so when their workflow goes on. */
function stillPaused({ labels, tasks }: PauseAnswer): string {
  const paused = labels === null ? tasks.filter((task) => task.paused).map(({ label }) => printable(label)) : [];
  return paused.length === 0 ? '' : `; still paused: ${paused.join(', ')}`;
}
