// Goal: appliers of many partitions, brokers, cancels and retries never deadlock, whatever order their jobs come in: all
// lock in one order. CI tries a part; DEADLOCK_BATCHES=1000 tries more. DEADLOCK_SEED repeats one.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { partitionOf } from '#contracts';
import type { GrantedJob } from '#engine';
import { batchOf, EngineRig, Random, startTestPostgres, type TestPostgres } from '#test-kit';

const batches = Number(process.env['DEADLOCK_BATCHES'] ?? 60);
const seed = Number(process.env['DEADLOCK_SEED'] ?? 20_260_101);
const appliers = 8;
const workflows = 12;
const jobsOfWorkflow = 400;
const batchJobs = 40;

let postgres: TestPostgres;
let rig: EngineRig;

beforeAll(async () => {
  postgres = await startTestPostgres();
  rig = await EngineRig.open(postgres);
}, 120_000);
afterAll(async () => {
  await rig.close();
  await postgres.stop();
});

const random = new Random(seed);

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: random.below(1_000_000) }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** Jobs of one partition, of all leases and workflows mixed, each to end by a report of the session that holds it. */
class Heap {
  private readonly held: { session: string; job: GrantedJob }[] = [];

  add(session: string, jobs: readonly GrantedJob[]): void {
    this.held.push(...jobs.map((job) => ({ session, job })));
  }

  get size(): number {
    return this.held.length;
  }

  /** @returns jobs of one session and partition in no order, removed from here. */
  take(): { session: string; jobs: GrantedJob[] } | null {
    const first = this.held[random.below(Math.max(1, this.held.length))];
    if (!first) return null;
    const partition = partitionOf(first.job.workflowNo);
    const own = shuffled(this.held)
      .filter(({ session, job }) => session === first.session && partitionOf(job.workflowNo) === partition)
      .slice(0, batchJobs);
    for (const each of own) this.held.splice(this.held.indexOf(each), 1);
    return { session: first.session, jobs: own.map(({ job }) => job) };
  }
}

test(`${batches} batches of ${appliers} appliers on shuffled jobs meet grants, cancels and retries without a deadlock`, async () => {
  const heap = new Heap();
  const document = {
    jobs: Array.from({ length: jobsOfWorkflow }, (_, no) => ({
      parents: no < 200 ? [] : [no - 200, (no - 199) % 200],
    })),
    retry: { '': { retries: 2, infraRetries: 3 } },
  };
  const numbers: string[] = [];
  for (let no = 0; no < workflows; no += 1) numbers.push(await rig.submit(document));
  const sessions = await Promise.all(Array.from({ length: 4 }, () => rig.register()));
  let settled = 0;
  const isOver = (): boolean => settled >= batches;
  const broker = async (session: string): Promise<void> => {
    while (!isOver()) {
      const jobs = heap.size < 2_000 ? await rig.lease(session, 60) : [];
      heap.add(session, jobs);
      if (jobs.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const applier = async (): Promise<void> => {
    while (!isOver()) {
      const batch = heap.take();
      if (!batch) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      const ends = batch.jobs.map((job) => ({
        job,
        end: random.once(4) ? ({ outcome: 'failed', reason: 'error', exitCode: 1 } as const) : {},
      }));
      await rig.settle(batchOf(batch.session, ends));
      settled += 1;
    }
  };
  const user = async (): Promise<void> => {
    while (!isOver()) {
      const workflowNo = numbers[random.below(numbers.length)] ?? '';
      if (random.once(2)) await rig.cancel(workflowNo);
      await rig.runCommands();
      await rig.orders.requestRetry(workflowNo, {});
      await rig.runCommands();
      await rig.passBackOffs();
      if (random.once(4)) numbers.push(await rig.submit(document));
    }
  };
  await Promise.all([...sessions.map(broker), ...Array.from({ length: appliers }, applier), user()]);
  expect(settled).toBeGreaterThanOrEqual(batches);
  await rig.query('select pg_stat_force_next_flush()');
  const [row] = await rig.query('select deadlocks::int from pg_stat_database where datname = current_database()');
  console.log(`seed ${seed}: ${settled} batches, ${String(row?.[0])} deadlocks`);
  expect(row).toEqual([0]);
  expect(await rig.faults()).toEqual([]);
}, 1_200_000);
