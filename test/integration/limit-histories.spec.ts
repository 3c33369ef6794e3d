/**
 * Goal: whatever becomes of attempts (ended, lost, lost and ended late, cancelled), and whatever is told twice, a limit counts
 * just what is leased. The test's own book is kept from what grants and verdicts say; it reads no table of limits.
 * LIMITS_SEED repeats a history, LIMITS_STEPS makes it longer.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { jobId } from '#contracts';
import type { GrantedJob, LimitName } from '#engine';
import { batchOf, EngineRig, Random, startTestPostgres, type TestPostgres, type TrialEnd } from '#test-kit';

const seed = Number(process.env['LIMITS_SEED'] ?? 11);
const stepsMax = Number(process.env['LIMITS_STEPS'] ?? 250);

let postgres: TestPostgres;
let rig: EngineRig;
let history: History;

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop());
beforeEach(async () => {
  rig = await EngineRig.open(postgres);
});
afterEach(() => rig.close());

const lost: TrialEnd = { outcome: 'failed', reason: 'lost' };
const ends: readonly TrialEnd[] = [
  ...([{}, {}, { outcome: 'returned' }, { outcome: 'failed', reason: 'error' }] as const),
  ...([
    { outcome: 'failed', reason: 'memory', peakMemoryMib: 4_000 },
    { outcome: 'failed', reason: 'site' },
  ] as const),
];
const limits: readonly LimitName[] = [
  { kind: 'named', name: 'db_limit' },
  { kind: 'named', name: 'tape' },
  { kind: 'site', name: 'here' },
  { kind: 'space', name: 'rubin' },
  { kind: 'user', name: 'alice' },
];

interface Attempt {
  session: string;
  site: string;
  job: GrantedJob;
}

/** Of one workflow: what its jobs are charged to, and with how much. */
interface Charge {
  named: string[];
  space: string;
  user: string;
  millicores: number;
}

const steps = [
  ...(['grant', 'grant', 'report', 'report', 'lose', 'lose', 'tellLate', 'tellLate'] as const),
  ...(['tellLateAmidGrant', 'setAmidLate', 'cancelSome', 'passBackOffs', 'setLimit'] as const),
] as const;

class History {
  readonly reached = { granted: 0, lost: 0, late: 0, again: 0, stale: 0, raced: 0, cancelled: 0 };
  private readonly sites = new Map<string, string>();
  private readonly charges = new Map<string, Charge>();
  /** What is with workers, by job and attempt. */
  private readonly leased = new Map<string, Attempt>();
  /** All that ended, by whatever. */
  private readonly past: Attempt[] = [];

  constructor(private readonly random: Random) {}

  async run(): Promise<void> {
    for (const site of ['here', 'here', 'there']) this.sites.set(await rig.register({ site }), site);
    for (let no = 0; no < 4; no += 1) await this.submit();
    for (let step = 0; step < stepsMax; step += 1) {
      const name = this.random.pick(steps);
      await this[name]();
      await this.compare(`step ${step}, ${name}`);
    }
    await this.settle([...this.leased.values()], {});
    await this.compare('all reported');
    expect(this.leased.size).toBe(0);
  }

  private async submit(): Promise<void> {
    const named = this.random.pick([[], ['db_limit'], ['db_limit', 'tape']]);
    const [space, user] = [this.random.pick(['rubin', 'lsst']), this.random.pick(['alice', 'bob'])];
    const cores = this.random.pick([0.1, 0.5, 1, 3]);
    const workflowNo = await rig.submit({
      jobs: Array.from({ length: 60 }, () => ({})),
      ...{ space, owner: user },
      templates: { job: { limits: named, resources: { cores }, priority: this.random.below(900) } },
      retry: { job: { retries: 9, infraRetries: this.random.pick([1, 20]), backoffSec: this.random.pick([0, 60]) } },
    });
    this.charges.set(workflowNo, { named, space, user, millicores: Math.max(1, Math.round(cores * 1_000)) });
  }

  async grant(): Promise<void> {
    const session = this.random.pick([...this.sites.keys()]);
    const jobs = await rig.lease(session, this.random.between(1, 20));
    for (const job of jobs) this.leased.set(keyOf(job), { session, site: this.sites.get(session) ?? '', job });
    this.reached.granted += jobs.length;
  }

  report(): Promise<void> {
    return this.settle(this.some([...this.leased.values()]), this.random.pick(ends));
  }

  lose(): Promise<void> {
    return this.settle(this.some([...this.leased.values()]), lost);
  }

  /** What ended is told again, or otherwise, or only now: by workers, or by a broker that gives up what is over. */
  tellLate(): Promise<void> {
    return this.settle(this.some(this.past.slice(-60)), this.random.pick([...ends, lost]));
  }

  async tellLateAmidGrant(): Promise<void> {
    await Promise.all([this.grant(), this.tellLate(), this.grant()]);
    this.reached.raced += 1;
  }

  async setAmidLate(): Promise<void> {
    await Promise.all([this.setLimit(), this.tellLate(), this.report(), this.setLimit()]);
    this.reached.raced += 1;
  }

  async setLimit(): Promise<void> {
    const limit = this.random.pick(limits);
    const capJobs = this.random.once(3) ? this.random.between(20, 60) : null;
    if (this.random.once(6)) await rig.limits.remove(limit);
    else await rig.limits.set(limit, { capJobs, capCores: null });
  }

  async cancelSome(): Promise<void> {
    const [victim] = this.some([...this.leased.values()]);
    const workflowNo = victim?.job.workflowNo ?? this.random.pick([...this.charges.keys()]);
    const ordinals = [victim?.job.ordinal ?? this.random.below(60), this.random.below(60)];
    await rig.cancelJobs(workflowNo, { ordinals });
    for (const [key, attempt] of this.leased) {
      if (attempt.job.workflowNo === workflowNo && ordinals.includes(attempt.job.ordinal)) {
        this.over(key, attempt);
        this.reached.cancelled += 1;
      }
    }
  }

  passBackOffs(): Promise<void> {
    return rig.passBackOffs();
  }

  private some(attempts: readonly Attempt[]): Attempt[] {
    return this.random.shuffled(attempts).slice(0, this.random.between(1, 12));
  }

  /** One batch for each session and workflow, all settled at once. */
  private async settle(attempts: readonly Attempt[], end: TrialEnd): Promise<void> {
    const batches = new Map<string, Attempt[]>();
    for (const attempt of attempts) {
      const key = `${attempt.session}/${attempt.job.workflowNo}`;
      batches.set(key, [...(batches.get(key) ?? []), attempt]);
    }
    await Promise.all([...batches.values()].map((members) => this.settleBatch(members, end)));
  }

  private async settleBatch(members: readonly Attempt[], end: TrialEnd): Promise<void> {
    const told = members.map(({ job }) => ({ job, end }));
    const { verdicts, late } = await rig.settle(batchOf(members[0]?.session ?? '', told));
    const [verdict] = verdicts;
    const refused = new Set([...(verdict?.duplicate ?? []), ...(verdict?.stale ?? [])]);
    this.reached.late += late;
    this.reached.again += verdict?.duplicate.length ?? 0;
    this.reached.stale += verdict?.stale.length ?? 0;
    members.forEach((attempt, position) => {
      if (refused.has(position) || !this.leased.has(keyOf(attempt.job))) return;
      this.over(keyOf(attempt.job), attempt);
      if (end === lost) this.reached.lost += 1;
    });
  }

  private over(key: string, attempt: Attempt): void {
    this.leased.delete(key);
    this.past.push(attempt);
  }

  private async compare(when: string): Promise<void> {
    const counted = (await rig.limits.list({ visible: null, subject: '' })).map(
      ({ kind, name, usedJobs, usedCores }) => {
        return { limit: `${kind}:${name}`, jobs: usedJobs, millicores: Math.round(usedCores * 1_000) };
      },
    );
    const expected = counted.map(({ limit }) => {
      const under = [...this.leased.values()].filter((attempt) => this.limitsOf(attempt).includes(limit));
      const millicores = under.reduce((sum, { job }) => sum + (this.charges.get(job.workflowNo)?.millicores ?? 0), 0);
      return { limit, jobs: under.length, millicores };
    });
    expect({ when, counted }).toEqual({ when, counted: expected });
  }

  private limitsOf({ site, job }: Attempt): string[] {
    const charge = this.charges.get(job.workflowNo);
    if (!charge) return [];
    return [
      ...charge.named.map((name) => `named:${name}`),
      ...[`site:${site}`, `space:${charge.space}`, `user:${charge.user}`],
    ];
  }
}

const keyOf = (job: GrantedJob): string => `${jobId(job.workflowNo, job.ordinal)}#${job.attempt}`;

test('in random histories of grants, losses, late and repeated reports a limit counts what is leased', async () => {
  history = new History(new Random(seed));
  try {
    await history.run();
  } catch (fault) {
    throw new Error(`repeat it with LIMITS_SEED=${seed}\n${String(fault)}`, { cause: fault });
  }
  for (const [what, times] of Object.entries(history.reached)) expect([what, times > 0]).toEqual([what, true]);
  expect(await rig.faults()).toEqual([]);
}, 120_000);
