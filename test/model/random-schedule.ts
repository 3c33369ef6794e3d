import { expect } from '@jest/globals';
import { jobId, partitionOf, type TerminalBatch } from '#contracts';
import { reasonWords, stateWords } from '#core';
import type { GrantedJob, SettledOrAside } from '#engine';
import { SessionDesk, defaultTerms } from '#engine';
import { batchOf, type EngineRig, type Random, type TrialEnd } from '#test-kit';
import type { ModelEnd, ModelEvent } from './dag-model.js';
import { randomWorkflow, type RandomWorkflow } from './random-workflow.js';

/** Most steps until a schedule has to come to an end by itself. */
const stepsMax = 400;
const sessionCount = 3;
/** The invariants are looked at this seldom: jobs are compared after each step. */
const stepsACheck = 25;

type Running = RandomWorkflow & { workflowNo: string };

/** What the worker of a lease says or does not say; kept after it was said, for repeats. */
interface Held {
  session: string;
  job: GrantedJob;
}

/**
 * Some workflows in one engine, two of them in one partition, and a world that does to them what networks, workers and
 * users do: in any order, twice, late, wrongly. After each step the engine's jobs are compared with the model's.
 */
export class RandomSchedule {
  private readonly running = new Map<string, Running>();
  private sessions: string[] = [];
  /** Attempts that workers hold, as they believe. */
  private held: Held[] = [];
  /** Batches on their way; a batch may stay here after it arrived. */
  private batches: TerminalBatch[] = [];
  private readonly story: string[] = [];
  /** How often what matters most has happened. */
  readonly reached = {
    cancelled: 0,
    failedFast: 0,
    retried: 0,
    duplicate: 0,
    stale: 0,
    lost: 0,
    races: 0,
    paused: 0,
    resumed: 0,
  };

  constructor(
    private readonly rig: EngineRig,
    private readonly random: Random,
  ) {}

  async run(): Promise<void> {
    try {
      await this.begin();
      for (let step = 0; step < stepsMax && !this.isOver(); step += 1) await this.step();
      await this.windDown();
    } catch (fault) {
      throw new Error(`${String(fault)}\nlast steps:\n${this.story.slice(-15).join('\n')}`, { cause: fault });
    }
  }

  private async begin(): Promise<void> {
    for (const gap of [16, 1, 15]) {
      const workflow = randomWorkflow(this.random);
      const workflowNo = await this.rig.submit(workflow.document);
      this.running.set(workflowNo, { ...workflow, workflowNo });
      await this.rig.query("select setval('workflow_id_seq', $1)", [Number(workflowNo) + gap - 1]);
    }
    for (let no = 0; no < sessionCount; no += 1) this.sessions.push(await this.rig.register());
    await this.compare();
  }

  private isOver(): boolean {
    return [...this.running.values()].every(({ model }) => !model.isOpen) && this.batches.length === 0;
  }

  private async step(): Promise<void> {
    const steps: [number, string, () => Promise<void>][] = [
      [8, 'lease', () => this.lease()],
      [8, 'report', async () => this.report()],
      [8, 'deliver', () => this.deliver()],
      [2, 'deliver twice at once', () => this.deliverTwice()],
      [2, 'lie', () => this.lie()],
      [2, 'back-offs pass', () => this.passBackOffs()],
      [1, 'lose a worker', () => this.loseWorker()],
      [2, 'commands', () => this.carryOut()],
      [1, 'cancel', () => (this.random.once(4) ? this.cancel() : Promise.resolve())],
      [2, 'retry', () => this.retry()],
      [1, 'pause', () => this.pause()],
      [2, 'resume', () => this.resume()],
      [1, 'set a limit', () => this.setLimit()],
    ];
    const all = steps.flatMap(([weight, ...rest]) => Array.from({ length: weight }, () => rest));
    const [name, act] = this.random.pick(all);
    this.story.push(name);
    await act();
    await this.compare();
    if (this.random.once(stepsACheck)) expect(await this.rig.faults()).toEqual([]);
  }

  /** Everything still open runs and is told; then nothing may be open. */
  private async windDown(): Promise<void> {
    this.story.push('wind down');
    for (const running of this.running.values()) await this.resume(running);
    for (let round = 0; round < 500; round += 1) {
      await this.carryOut();
      await this.passBackOffs();
      await this.lease(1_000);
      this.report(1_000, 'finished');
      while (this.batches.length > 0) await this.deliver();
      await this.compare();
      if (this.isOver()) break;
    }
    await this.carryOut();
    await this.compare();
    expect([...this.running.values()].map(({ model }) => model.isOpen)).not.toContain(true);
    expect(await this.rig.faults()).toEqual([]);
  }

  /** A pause that meets workers who ask: what they got they got before. */
  private async pause(): Promise<void> {
    const { workflowNo, model } = this.random.pick([...this.running.values()]);
    this.story.push(`  ${workflowNo}`);
    const [outcome] = await Promise.all([this.rig.pause(workflowNo), this.random.once(2) ? this.lease() : undefined]);
    const expected = { state: model.state, cancelRequested: model.cancelRequested };
    model.pause();
    const changed = model.state === 'paused' && expected.state !== 'paused';
    expect(outcome).toMatchObject({ ...expected, changed });
    if (changed) this.reached.paused += 1;
  }

  /** Without a cap it holds nothing up: what runs under it is counted, whatever comes. */
  private async setLimit(): Promise<void> {
    const limit = this.random.pick([
      { kind: 'space', name: 'trial' },
      { kind: 'site', name: 'here' },
      { kind: 'user', name: 'nobody' },
    ] as const);
    if (this.random.once(4)) await this.rig.limits.remove(limit);
    else await this.rig.limits.set(limit, { capJobs: null, capCores: null });
  }

  /** What workers get who ask meanwhile they got after it. */
  private async resume({ workflowNo, model } = this.random.pick([...this.running.values()])): Promise<void> {
    this.story.push(`  ${workflowNo}`);
    const changed = model.state === 'paused';
    model.resume();
    const [outcome] = await Promise.all([this.rig.resume(workflowNo), this.random.once(2) ? this.lease() : undefined]);
    expect(outcome).toMatchObject({ changed });
    if (changed) this.reached.resumed += 1;
  }

  private async lease(max = this.random.between(1, 12)): Promise<void> {
    const session = this.random.pick(this.sessions);
    const requestId = `r${this.random.below(1_000_000_000)}`;
    const brokers = this.random.once(4) && max < 1_000 ? 2 : 1;
    const sessions = Array.from({ length: brokers }, () => session);
    const grants = await Promise.all(sessions.map((of, no) => this.rig.lease(of, max, `${requestId}-${no}`)));
    const jobs = grants.flat();
    this.story.push(`  ${jobs.map(nameOf).join(' ')}`);
    for (const job of jobs) {
      const attempt = this.modelOf(job.workflowNo).lease(job.ordinal, { id: job.leaseId, token: job.token });
      expect(job.attempt).toBe(attempt);
      this.held.push({ session, job });
    }
    if (brokers === 1 && jobs.length > 0) {
      const again = await this.rig.leases.replay([{ session, requestId: `${requestId}-0` }]);
      expect(new Set(again.map(nameOf))).toEqual(new Set(jobs.map(nameOf)));
    }
  }

  /** Workers put ends of attempts into batches, one partition each. Some they hold on to, to say it again later. */
  private report(max = this.random.between(1, 15), outcome?: 'finished'): void {
    const said = this.random.shuffled(this.held).slice(0, max);
    const groups = new Map<string, { session: string; ends: { job: GrantedJob; end: TrialEnd }[] }>();
    for (const { session, job } of said) {
      const key = `${session}/${partitionOf(job.workflowNo)}`;
      const group = groups.get(key) ?? { session, ends: [] };
      const end = outcome ? { outcome } : this.randomEnd();
      group.ends.push({ job, end });
      if (this.random.once(20)) group.ends.push({ job, end: this.random.once(2) ? end : this.randomEnd() });
      groups.set(key, group);
    }
    for (const { session, ends } of groups.values()) this.batches.push(batchOf(session, ends));
    this.held = this.held.filter((held) => !said.includes(held) || (outcome === undefined && this.random.once(8)));
  }

  private randomEnd(): ModelEnd {
    if (this.random.once(10)) return { outcome: 'returned' };
    if (!this.random.once(3)) return { outcome: 'finished' };
    const reason = this.random.pick(['error', 'timeout', 'memory', 'lost', 'evicted', 'site', 'rejected'] as const);
    return { outcome: 'failed', reason, exitCode: this.random.pick([1, 7]) };
  }

  /** One call of the transformer: some batches of one partition, in any order; some of them come again later. */
  private async deliver(batches = this.take()): Promise<void> {
    if (batches.length === 0) return;
    this.tell(batches);
    const expected = this.judge(batches);
    const settled = await this.rig.settle(batches);
    expect(settled.verdicts.map(({ duplicate, stale }) => ({ duplicate, stale }))).toEqual(expected);
    expect(settled.setAside).toBe(0);
    await this.rememberedVerdicts(batches);
  }

  /** Two owners of one partition at once, with the same and with other batches. */
  private async deliverTwice(): Promise<void> {
    const batches = this.take();
    if (batches.length === 0) return;
    if (contradict(batches)) return this.deliver(batches);
    this.tell(batches);
    const middle = this.random.below(batches.length + 1);
    const shared = this.random.once(2) ? batches : [];
    const calls = [
      [...batches.slice(0, middle), ...shared],
      [...batches.slice(middle), ...shared],
    ];
    const expected = this.judge(batches);
    const refused = expected.reduce((sum, { duplicate, stale }) => sum + duplicate.length + stale.length, 0);
    const settled = await Promise.all(calls.filter((call) => call.length > 0).map((call) => this.rig.settle(call)));
    this.reached.races += 1;
    const applied = settled.reduce((sum: number, one: SettledOrAside) => sum + one.applied, 0);
    expect(applied).toBe(batches.reduce((sum, batch) => sum + batch.events.length, 0) - refused);
  }

  private take(): TerminalBatch[] {
    const [first] = this.random.shuffled(this.batches);
    if (!first) return [];
    const same = this.batches.filter((batch) => batch.partition === first.partition);
    const taken = this.random.shuffled(same).slice(0, this.random.between(1, 4));
    this.batches = this.batches.filter((batch) => !taken.includes(batch) || this.random.once(10));
    return taken;
  }

  private tell(batches: TerminalBatch[]): void {
    for (const { events } of batches) {
      this.story.push(`  ${events.map((e) => `${e.job}#${e.attempt} ${e.reason ?? e.outcome}`).join(', ')}`);
    }
  }

  private judge(batches: TerminalBatch[]): { duplicate: number[]; stale: number[] }[] {
    const wasCancelled = new Map([...this.running].map(([no, { model }]) => [no, model.cancelRequested]));
    const verdicts = batches.map((batch) => {
      const verdict: { duplicate: number[]; stale: number[] } = { duplicate: [], stale: [] };
      batch.events.forEach((event, position) => {
        const [workflowNo = '', ordinal = ''] = event.job.split(':');
        const lease = batch.leases[event.lease];
        const model = this.running.get(workflowNo)?.model;
        const mine = model && lease && partitionOf(workflowNo) === batch.partition;
        const said: ModelEvent | null = mine ? { ...event, ordinal: Number(ordinal), lease } : null;
        const word = said && model ? model.settle(said) : 'stale';
        if (word === 'applied') return;
        verdict[word].push(position);
        this.reached[word] += 1;
      });
      return verdict;
    });
    for (const [no, { model }] of this.running) {
      if (!model.cancelRequested || wasCancelled.get(no)) continue;
      this.story.push(`  failFast cancels ${no}`);
      this.reached.failedFast += 1;
    }
    return verdicts;
  }

  /** What a heartbeat would say about these batches: how it went the first time they were settled. */
  private async rememberedVerdicts(batches: TerminalBatch[]): Promise<void> {
    const remembered = await this.rig.sessions.verdicts(batches.map((batch) => batch.batchId));
    const sizes = new Map(remembered.map(({ batchId, events }) => [batchId, events]));
    for (const batch of batches) expect(sizes.get(batch.batchId)).toBe(batch.events.length);
  }

  /** Reports that are nobody's, or not any more: a guessed token, an attempt of the past or future, no such job. */
  private async lie(): Promise<void> {
    if (this.held.length === 0) return;
    const { session, job } = this.random.pick(this.held);
    const lie = this.random.pick([
      { ...job, token: '0'.repeat(32) },
      { ...job, attempt: job.attempt + 1 },
      { ...job, attempt: Math.max(1, job.attempt - 1), leaseId: String(Number(job.leaseId) + 1) },
      { ...job, ordinal: 999_999 },
      { ...job, workflowNo: String(Number(job.workflowNo) + 1_600) },
    ]);
    const batch = batchOf(session, [{ job: lie, end: this.randomEnd() }]);
    if (this.random.once(4))
      batch.events[0] = { ...onlyEvent(batch), job: jobId(String(Number(job.workflowNo) + 1), 0) };
    this.tell([batch]);
    expect((await this.rig.settle(batch)).verdicts).toEqual([
      { batchId: batch.batchId, events: 1, duplicate: [], stale: [0] },
    ]);
  }

  private async passBackOffs(): Promise<void> {
    await this.rig.passBackOffs();
    for (const { model } of this.running.values()) model.passBackOffs();
  }

  /** Its process is gone. What it held is given up by a batch that arrives some time; its own reports still may, too. */
  private async loseWorker(): Promise<void> {
    const session = this.random.pick(this.sessions);
    const desk = new SessionDesk({
      store: this.rig.sessions,
      bus: { publish: async (_, batches) => void this.batches.push(...batches) },
      terms: defaultTerms,
      newBatchId: () => crypto.randomUUID(),
      nowMs: () => Date.now(),
    });
    this.reached.lost += await desk.end(session, 'lost', 'the worker is gone');
    this.held = this.held.filter((held) => held.session !== session || this.random.once(3));
    this.sessions = [...this.sessions.filter((other) => other !== session), await this.rig.register()];
  }

  private async cancel(): Promise<void> {
    const { workflowNo, model } = this.random.pick([...this.running.values()]);
    this.story.push(`  ${workflowNo}`);
    if (model.isOpen) this.reached.cancelled += 1;
    model.requestCancel();
    await this.rig.cancel(workflowNo);
  }

  private async carryOut(): Promise<void> {
    const open = await this.rig.query(
      "select workflow_id::text from workflow_command where kind = 'cancel' and done_at is null",
    );
    for (const [workflowNo] of open) this.modelOf(String(workflowNo)).carryOutCancel();
    await this.rig.runCommands();
  }

  private async retry(): Promise<void> {
    const { workflowNo, model } = this.random.pick([...this.running.values()]);
    if (model.runNo >= 4) return;
    await this.carryOut();
    const some = this.random.once(2);
    const ordinals = model.jobs.flatMap((_, ordinal) => (this.random.once(3) ? [ordinal] : []));
    const order = await this.rig.orders.requestRetry(workflowNo, some ? { ordinals } : {});
    const running = model.isOpen;
    const retried = model.retry((ordinal) => !some || ordinals.includes(ordinal));
    this.story.push(`  ${workflowNo}: ${some ? ordinals.join() : 'all'}: ${retried}`);
    if (retried !== null) this.reached.retried += 1;
    await this.rig.runCommands();
    const result = await this.rig.orders.retryResult(order?.order ?? '');
    if (retried === null) expect(result).toEqual({ refused: running ? 'not-ended' : 'nothing-matched' });
    else expect(result).toMatchObject({ runNo: model.runNo, retried });
  }

  private modelOf(workflowNo: string): Running['model'] {
    const running = this.running.get(workflowNo);
    if (!running) throw new Error(`workflow ${workflowNo} is not of this schedule`);
    return running.model;
  }

  private async compare(): Promise<void> {
    const rows = await this.rig.query(
      `select s.workflow_id::text, s.ordinal, s.state, s.reason, s.attempt, s.parents_left, s.run_no, s.tries_used,
         s.infra_used, h.ordinal is not null
       from job_state s left join held h on h.workflow_id = s.workflow_id and h.ordinal = s.ordinal
       order by s.workflow_id, s.ordinal`,
    );
    const engine = rows.map(([no, ordinal, state, reason, ...rest]) =>
      [`${String(no)}:${String(ordinal)}`, stateWords[state as number], reasonWords[reason as number], ...rest].join(
        ' ',
      ),
    );
    const model = [...this.running.values()].flatMap(({ workflowNo, model: { jobs, cancelRequested }, model: of }) =>
      jobs.map((job, ordinal) => {
        const counts = [job.attempt, of.parentsLeft(ordinal), job.runNo, job.tries, job.infra];
        const held = job.held && (!cancelRequested || of.runsAlways(job));
        return [`${workflowNo}:${ordinal}`, job.state, job.reason, ...counts, held].join(' ');
      }),
    );
    expect(engine).toEqual(model);
    const states = await this.rig.query('select id::text, state, run_no from workflow order by id');
    expect(states).toEqual(
      [...this.running.values()].map(({ workflowNo, model: of }) => [workflowNo, of.state, of.runNo]),
    );
  }
}

/** Do two of them tell about one attempt? Then who comes first decides, and two calls at once have no order. */
function contradict(batches: TerminalBatch[]): boolean {
  const told = batches.flatMap(({ events }) => events.map(({ job, attempt }) => `${job}#${attempt}`));
  return new Set(told).size < told.length;
}

const nameOf = (job: GrantedJob): string => `${job.workflowNo}:${job.ordinal}#${job.attempt}`;

function onlyEvent(batch: TerminalBatch): TerminalBatch['events'][number] {
  const [event] = batch.events;
  if (!event) throw new Error('the batch is empty');
  return event;
}
