import { setTimeout as sleep } from 'node:timers/promises';
import type { TrialLine, Way } from '#test-kit';
import { everyEventTold, noAttemptLost, noneRestarted } from '../expectations.js';
import type { Trial } from '../trial.js';
import { harmRow } from './harm-rows.js';
import { fillOutbox, unconfirmed } from './outstanding.js';

/** Shorter and longer than the 15 s after which a dead connection is given up. */
const shortMs = { from: 2_000, to: 20_000 };
const longMs = 60_000;
const kinds: readonly (readonly Way[])[] = [['to'], ['from'], ['to', 'from']];

export const c7 = harmRow({
  id: 'C7',
  title: 'services and NATS are parted one way, the other, and both, one of them for a minute',
  harm: async (trial, { nats }) => {
    const { random } = trial;
    const long = random.below(kinds.length);
    for (const [no, ways] of random.shuffled(kinds).entries()) {
      await parted(trial, nats, { ways, forMs: no === long ? longMs : random.between(shortMs.from, shortMs.to) });
    }
  },
  expected: async (trial) => {
    noneRestarted(trial, ['gateway-1', 'transformer-1', 'broker-1']);
    await noAttemptLost(trial);
    await everyEventTold(trial);
  },
});

/** What is asked meanwhile is answered, and what is to be told waits. */
async function parted(
  trial: Trial,
  nats: TrialLine,
  { ways, forMs }: { ways: readonly Way[]; forMs: number },
): Promise<void> {
  const overMs = performance.now() + forMs;
  nats.part(...ways);
  const waiting = await fillOutbox(trial);
  await sleep(Math.max(0, overMs - performance.now()));
  const still = new Set(await unconfirmed(trial));
  nats.heal();
  const told = waiting.filter((id) => !still.has(id));
  if (told.length > 0) throw new Error(`${ways.join()}: told over a line that was parted: ${told.slice(0, 5).join()}`);
}
