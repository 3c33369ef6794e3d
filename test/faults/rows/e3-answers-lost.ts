import { TrialNetwork, until, type WorkerCall } from '#test-kit';
import { noAttemptLost } from '../expectations.js';
import type { FaultRow } from '../fault-row.js';
import type { Trial } from '../trial.js';

const calls: readonly WorkerCall[] = ['sessions', 'lease', 'heartbeat', 'report'];
/** Of each call. */
const lostMin = 3;
/** A worker beats every 2 s. */
const environment = { SLUICE_CLOCK_SCALE: '10' };

export const e3: FaultRow = {
  id: 'E3',
  title: "requests are done and their answers lost, of each of a worker's calls",
  inCi: false,
  run,
};

async function run(trial: Trial): Promise<void> {
  await trial.start({ environment });
  const network = await TrialNetwork.start(trial.stack.urls[0] ?? '');
  trial.onEnd(() => network.stop());
  const lost = new Map<WorkerCall, number>(calls.map((call) => [call, 0]));
  network.faultOf = (call, no) => {
    // A worker registers once: its first answers are lost, so that it asks again.
    if (call === 'sessions' ? no > lostMin : no > 1 && !trial.random.once(3)) return null;
    lost.set(call, (lost.get(call) ?? 0) + 1);
    return 'lose-answer';
  };
  await trial.startWorker('hard-of-hearing', { flags: ['--url', network.url] });
  await trial.stack.explained(async () => {
    await trial.load.run();
    await until(`${lostMin} answers to each call are lost`, 90_000, async () => {
      if (calls.every((call) => (lost.get(call) ?? 0) >= lostMin)) return true;
      await trial.load.run({ workflows: 2 });
      return false;
    });
    await trial.drain();
    for (const call of calls) trial.figures.set(`answers lost to ${call}`, lost.get(call) ?? 0);
    await noAttemptLost(trial);
    await oneSession(trial);
  });
}

/** A registration that was asked for again is the same one. */
async function oneSession({ stack }: Trial): Promise<void> {
  const [row] = await stack.rows<{ sessions: number }>('select count(*)::int as sessions from session');
  if (row?.sessions !== 1) throw new Error(`one worker registered, ${row?.sessions ?? 0} sessions are there`);
}
