/** The set-up that specs of pauses and cancels share: a database, an engine and a worker for each test, right books after it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { assignReady } from '#core';
import type { GrantedJob, GrantPlan } from '#engine';
import { EngineRig, startTestPostgres, type TestPostgres } from '#test-kit';

/** The engine of the test that runs. */
export let rig: EngineRig;
/** A worker there with 8 cores, that runs whatever the rig makes. */
export let session: string;

let checksEachLease = false;

/** To be called once at the top of a spec. @param given.checked the books must be right at each leaseAll() too: it takes time */
export function openRigForEachTest({ checked = false }: { checked?: boolean } = {}): void {
  let postgres: TestPostgres;
  checksEachLease = checked;
  beforeAll(async () => {
    postgres = await startTestPostgres();
  }, 120_000);
  afterAll(() => postgres.stop());
  beforeEach(async () => {
    rig = await EngineRig.open(postgres);
    session = await rig.register();
  });
  afterEach(async () => {
    expect(await rig.faults()).toEqual([]);
    await rig.close();
  }, 60_000);
}

/** An end that counts against `retries`. */
export const failed = { outcome: 'failed', reason: 'error' } as const;

export const ordinalsOf = (jobs: readonly GrantedJob[]): number[] =>
  jobs.map((job) => job.ordinal).sort((a, b) => a - b);

/** Leases all that may be. */
export async function leaseAll(): Promise<GrantedJob[]> {
  if (checksEachLease) expect(await rig.faults()).toEqual([]);
  return rig.lease(session, 1_000);
}

/** Leases and finishes until nothing can be leased. @returns which ran. */
export async function runOut(): Promise<number[]> {
  const ran: GrantedJob[] = [];
  for (let jobs = await leaseAll(); jobs.length > 0; jobs = await leaseAll()) {
    await rig.end(session, jobs);
    ran.push(...jobs);
  }
  return ordinalsOf(ran);
}

/** What a broker means to grant that has looked at ready rows, and takes its time. */
export async function planOfNow(): Promise<GrantPlan> {
  const classes = await rig.leases.readyClasses();
  const rows = await rig.leases.peek(classes, 10);
  const slices = assignReady([{ classes: new Set(classes), max: 10 }], rows);
  return {
    rows,
    slices: slices.map(({ waiter, ...slice }) => ({ ...slice, worker: waiter })),
    workers: [{ session, requestId: 'late', token: 't'.repeat(32) }],
    limits: { change: (await rig.leases.limits()).change, charged: false },
  };
}
