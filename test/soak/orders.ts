import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError, type SluiceClient } from '#client';
import type { Trial } from '../faults/trial.js';

const noop = { transform: 'noop', resources: { cores: 1, memoryMib: 1 } };
const failing = { command: { argv: ['false'] }, resources: { cores: 1, memoryMib: 1 }, retry: { retries: 0 } };
const triesMax = 60;

/** What users do besides sending DAGs: large workflows, pauses of running ones, retries of failed ones. */
export async function orderSome({ stack, random }: Trial): Promise<void> {
  const large = await persevere(() => stack.submit('large', { jobs: random.between(500, 3_000), template: noop }, 0));
  await pauseAwhile(stack.client(random.below(2)), large, random.between(100, 2_000));
  if (!random.once(3)) return;
  const id = await persevere(() => stack.submit('failing', { jobs: random.between(1, 20), template: failing }, 0));
  await persevere(() => stack.end(id, 60_000));
  const client = stack.client(random.below(2));
  await persevere(() => client.retry(id, {}));
  await client.close();
}

async function pauseAwhile(client: SluiceClient, id: string, ms: number): Promise<void> {
  await persevere(() => client.pause(id)).catch(hasEnded);
  await sleep(ms);
  await persevere(() => client.resume(id)).catch(hasEnded);
  await client.close();
}

/** There is nothing to pause any more: fine. */
function hasEnded(fault: unknown): void {
  if (!(fault instanceof ProblemError) || fault.status !== 409) throw fault;
}

/** Tries again whatever a fault may have caused; a refusal stands. */
async function persevere<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (fault) {
      if (tries === triesMax || (fault instanceof ProblemError && !fault.retry)) throw fault;
      await sleep(500);
    }
  }
}
