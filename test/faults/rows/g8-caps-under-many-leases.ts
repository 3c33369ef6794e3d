import { setTimeout as sleep } from 'node:timers/promises';
import { BareSession } from '../bare-session.js';
import type { FaultRow } from '../fault-row.js';
import { plainDocument } from '../trial-document.js';
import type { Trial } from '../trial.js';

const sessions = 200;
const jobs = 600;
const capJobs = 7;
const holdMsMax = 60;

export const g8: FaultRow = {
  id: 'G8',
  title: `${sessions} workers ask at once for jobs of which ${capJobs} may run`,
  inCi: false,
  run,
};

async function run(trial: Trial): Promise<void> {
  await trial.start({ brokers: 2 });
  const client = trial.stack.client();
  await client.limits.set({ kind: 'named', name: 'scarce' }, { capJobs });
  await client.close();
  await trial.stack.explained(async () => {
    const template = { transform: 'noop', resources: { cores: 1, memoryMib: 1 }, limits: ['scarce'] };
    const { id } = await trial.load.submit(plainDocument('capped', jobs, template));
    const isDone = async (): Promise<boolean> => (await trial.stack.finished(id)) === jobs;
    let held = 0;
    let most = 0;
    let over = false;
    const work = async (session: BareSession): Promise<void> => {
      while (!over) {
        const answer = await session.lease();
        held += answer.jobs.length;
        most = Math.max(most, held);
        await sleep(trial.random.below(holdMsMax));
        held -= answer.jobs.length; // what is reported may be granted anew before we hear of it
        await session.finish(answer);
      }
      await session.end();
    };
    const all = await Promise.all(
      Array.from({ length: sessions }, (_, no) => BareSession.register(trial.stack, `bare-${no}`)),
    );
    const working = Promise.all(all.map(work));
    const snapshots: number[] = [];
    for (; !over; over = await isDone()) {
      snapshots.push(await trial.stack.leased(id));
      await sleep(holdMsMax);
    }
    await working;
    await trial.drain();
    trial.figures.set('most held', most);
    trial.figures.set('most leased', Math.max(...snapshots));
    if (most > capJobs || Math.max(...snapshots) > capJobs)
      throw new Error(`I17: ${most} held, ${Math.max(...snapshots)} leased of ${capJobs}`);
  });
}
