// Goal: reports in any order, split in any way, repeated and at once do the same as each of them once and in order; those
// of attempts that were granted anew change nothing; every event is counted.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TerminalBatch } from '#contracts';
import type { GrantedJob, Settled } from '#engine';
import { batchOf, EngineRig, Random, startTestPostgres, type TestPostgres, type TrialEnd } from '#test-kit';

const seeds = process.env['NETWORK_HOURS'] === '1' ? Array.from({ length: 40 }, (_, no) => no + 1) : [1, 2, 3];
const jobCount = 24;
let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop());

interface Told {
  job: GrantedJob;
  end: TrialEnd;
}

const errorEnd: TrialEnd = { outcome: 'failed', reason: 'error', exitCode: 3 };

/** Some attempts that run, and some that were given up and whose jobs run again elsewhere: each has an end to tell. */
async function attemptsThatEnd(rig: EngineRig, random: Random): Promise<{ counts: Told[]; late: Told[] }> {
  await rig.submit({ jobs: Array.from({ length: jobCount }, () => ({})), retry: { job: { retries: 0 } } });
  const first = await rig.register();
  const jobs = await rig.lease(first, jobCount);
  const lost = jobs.filter(() => random.once(3));
  if (lost.length > 0) await rig.end(first, lost, { outcome: 'failed', reason: 'lost' });
  await rig.passBackOffs();
  const anew = lost.length > 0 ? await rig.lease(await rig.register(), jobCount) : [];
  expect(anew).toHaveLength(lost.length);
  const told = (job: GrantedJob): Told => ({ job, end: random.once(4) ? errorEnd : {} });
  return { counts: [...jobs.filter((job) => !lost.includes(job)), ...anew].map(told), late: lost.map(told) };
}

/** All that is told, in batches of any size and order, some of them again under their own or under another id. */
function delivery(told: readonly Told[], random: Random): TerminalBatch[] {
  const rest = random.shuffled(told);
  const batches: TerminalBatch[] = [];
  while (rest.length > 0) batches.push(batchOf('1', rest.splice(0, random.between(1, 6))));
  const again = batches.flatMap((batch) => {
    if (random.once(2)) return [];
    return random.once(2) ? [batch] : [{ ...batch, batchId: randomUUID(), events: random.shuffled(batch.events) }];
  });
  return random.shuffled([...batches, ...again]);
}

/** What is written of the workflow, without ids and times. */
const written = (rig: EngineRig): Promise<unknown[][]> =>
  rig.query(
    `select s.ordinal, s.state, s.reason, s.attempt, s.tries_used, s.infra_used, a.attempt, a.outcome, a.reason, a.exit_code
      from job_state s join attempt a using (workflow_id, ordinal) order by s.ordinal, a.attempt`,
  );

test.each(seeds)('seed %i: in any order and at once the reports come to the same', async (seed) => {
  const outcomes: unknown[] = [];
  for (const order of ['as told', 'any']) {
    const random = new Random(seed); // both have the same to tell
    const rig = await EngineRig.open(postgres);
    const { counts, late } = await attemptsThatEnd(rig, random);
    const one = (told: Told): TerminalBatch => batchOf('1', [told]);
    const batches = order === 'any' ? delivery([...counts, ...late], random) : [...counts, ...late].map(one);
    const settled: Settled[] = [];
    while (batches.length > 0) {
      const together = batches.splice(0, order === 'any' ? random.between(1, 3) : 1);
      settled.push(...(await Promise.all(together.map((batch) => rig.settle(batch)))));
    }
    const verdicts = settled.flatMap((each) => each.verdicts);
    const sum = (of: (verdict: (typeof verdicts)[number]) => number): number =>
      verdicts.reduce((all, verdict) => all + of(verdict), 0);
    const applied = settled.reduce((all, each) => all + each.applied, 0);
    expect(applied).toBe(jobCount);
    // I30: what was delivered is what counted, what was a duplicate and what was stale.
    expect(sum(({ events }) => events)).toBe(applied + sum((v) => v.duplicate.length) + sum((v) => v.stale.length));
    expect(sum((v) => v.stale.length)).toBeGreaterThanOrEqual(late.length);
    expect(await rig.faults()).toEqual([]);
    outcomes.push(await written(rig));
    await rig.close();
  }
  expect(outcomes[1]).toEqual(outcomes[0]);
});
