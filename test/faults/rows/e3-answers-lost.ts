import { TrialNetwork, type WorkerCall } from '#test-kit';
import { noAttemptLost } from '../expectations.js';
import type { FaultRow } from '../fault-row.js';

const calls: readonly WorkerCall[] = ['sessions', 'lease', 'heartbeat', 'report'];

export const e3: FaultRow = {
  id: 'E3',
  title: "requests are done and their answers lost, of each of a worker's calls",
  inCi: false,
  run: async (trial) => {
    await trial.start();
    const network = await TrialNetwork.start(trial.stack.urls[0] ?? '');
    trial.onEnd(() => network.stop());
    const lost = new Map<WorkerCall, number>();
    network.faultOf = (call, no) => {
      if (no > 1 && !trial.random.once(3)) return null;
      lost.set(call, (lost.get(call) ?? 0) + 1);
      return 'lose-answer';
    };
    await trial.startWorker('hard-of-hearing', { flags: ['--url', network.url] });
    await trial.stack.explained(async () => {
      await trial.load.run();
      await trial.drain();
      const untried = calls.filter((call) => !lost.has(call));
      if (untried.length > 0) throw new Error(`no answer was lost to ${untried.join()}: the row tried nothing`);
      await noAttemptLost(trial);
    });
  },
};
