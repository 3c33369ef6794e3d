import { expect } from '@jest/globals';
import { jobId, partitionOf, type JobFilter, type TerminalBatch } from '#contracts';
import * as core from '#core';
import { stateOf, type EndVerdict, type LeaseRequests, type RequestKey, type WorkflowMachine } from '#core';
import { LeaseRepeated, SessionDesk, defaultTerms, type GrantedJob, type SettledOrAside } from '#engine';
import { batchOf, type EngineRig, type Random, type TransitionRules, type TrialEnd } from '#test-kit';
import { compareBooks, compareEvents } from './compare-books.js';
import { contradict, nameOf, onlyEvent, randomEnd } from './random-ends.js';
import { noneReached, type Reached } from './reached.js';
import { randomWorkflow, type RandomWorkflow } from './random-workflow.js';
import { toldVerdicts, type Verdicts } from './told-verdicts.js';
import { TrialLimits } from './trial-limits.js';

/** Most steps until a schedule has to come to an end by itself. */
const stepsMax = 400;
const sessionCount = 3;
/** Requests whose answer may be asked for again. */
const requestsKept = 10;

/** How wide a schedule is: many small ones try what is rare, wide ones many jobs in each call. */
export interface Breadth {
  jobsMin: number;
  jobsMax: number;
  /** Times as many jobs in a lease and ends in a report. */
  times: number;
  /** Books are compared once in so many steps. */
  stepsACompare: number;
  /** Events are compared, and the invariants looked at, once in so many steps; and in the end. */
  stepsACheck: number;
}
export const narrow: Breadth = { jobsMin: 5, jobsMax: 60, times: 1, stepsACompare: 1, stepsACheck: 25 };
export const wide: Breadth = { jobsMin: 1_000, jobsMax: 2_000, times: 60, stepsACompare: 12, stepsACheck: 1_000 };

type Running = RandomWorkflow & { workflowNo: string };

/** What the worker of a lease says or does not say; kept after it was said, for repeats. */
interface Held {
  session: string;
  job: GrantedJob;
}

/**
 * Some workflows in one engine, two of them in one partition, and a world that does to them what networks, workers and
 * users do: in any order, twice, late, wrongly. The engine's books are compared with those of core's machines, which get
 * the same events.
 */
export class RandomSchedule {
  private readonly running = new Map<string, Running>();
  private sessions: string[] = [];
  /** Attempts that workers hold, as they believe. */
  private held: Held[] = [];
  /** Batches on their way; a batch may stay here after it arrived. */
  private batches: TerminalBatch[] = [];
  private asked: RequestKey[] = [];
  private readonly limits: TrialLimits;
  private readonly requests: LeaseRequests<string>;
  private readonly story: string[] = [];
  /** How often what matters most has happened. */
  readonly reached: Reached = noneReached();

  constructor(
    private readonly rig: EngineRig,
    private readonly random: Random,
    private readonly breadth: Breadth,
    private readonly rules: TransitionRules = core,
  ) {
    this.limits = new TrialLimits(rig, random, breadth.times);
    this.requests = new rules.LeaseRequests();
  }

  /** @throws with the last steps, when the engine and the machines differ. */
  async run(): Promise<void> {
    try {
      await this.begin();
      for (let step = 0; step < stepsMax && !this.isOver(); step += 1) await this.step();
      await this.windDown();
      for (const { machine } of this.running.values()) this.reached.grown += machine.grownJobs;
    } catch (fault) {
      throw new Error(`${String(fault)}\nlast steps:\n${this.story.slice(-15).join('\n')}`, { cause: fault });
    }
  }

  private async begin(): Promise<void> {
    for (const gap of [16, 1, 15]) {
      const workflow = randomWorkflow(this.random, this.breadth, this.rules);
      const workflowNo = await this.rig.submit(workflow.document);
      this.running.set(workflowNo, { ...workflow, workflowNo });
      await this.rig.query("select setval('workflow_id_seq', $1)", [Number(workflowNo) + gap - 1]);
    }
    for (let no = 0; no < sessionCount; no += 1) this.sessions.push(await this.rig.register());
    await this.check();
  }

  private isOver(): boolean {
    return this.all.every(({ machine }) => !machine.isOpen) && this.batches.length === 0;
  }

  private get all(): Running[] {
    return [...this.running.values()];
  }

  private async step(): Promise<void> {
    const steps: [number, string, () => Promise<void>][] = [
      [8, 'lease', () => this.lease()],
      [2, 'ask again', () => this.askAgain()],
      [8, 'report', async () => this.report()],
      [8, 'deliver', () => this.deliver()],
      [2, 'deliver twice at once', () => this.deliverTwice()],
      [2, 'lie', () => this.lie()],
      [2, 'back-offs pass', () => this.passBackOffs()],
      [1, 'lose a worker', () => this.loseWorker()],
      [2, 'commands', () => this.carryOut()],
      [1, 'cancel', () => (this.random.once(4) ? this.cancel() : this.cancelJobs())],
      [2, 'retry', () => this.retry()],
      [1, 'pause', () => this.pause()],
      [1, 'pause some', () => this.pauseSome()],
      [2, 'resume', () => this.resume()],
      [2, 'resume some', () => this.resumeSome()],
      [1, 'set a limit', () => this.limits.change()],
    ];
    const each = steps.flatMap(([weight, ...rest]) => Array.from({ length: weight }, () => rest));
    const [name, act] = this.random.pick(each);
    this.story.push(name);
    await act();
    if (this.random.once(this.breadth.stepsACompare)) await compareBooks(this.rig, this.all);
    if (this.random.once(this.breadth.stepsACheck)) await this.check();
  }

  private async check(): Promise<void> {
    await this.rig.query('analyze job_state, job_edge, attempt, ready, held, lease, outbox'); // as autovacuum would
    await compareBooks(this.rig, this.all);
    await compareEvents(this.rig, this.all);
    expect(await this.rig.faults()).toEqual([]);
  }

  /** Everything still open runs and is told; then nothing may be open. */
  private async windDown(): Promise<void> {
    this.story.push('wind down');
    await this.limits.removeAll();
    for (const one of this.all) {
      await this.resumeAll(one);
      await this.resume(one);
    }
    for (let round = 0; round < 500; round += 1) {
      await this.carryOut();
      await this.passBackOffs();
      await this.lease(1_000);
      this.report(1_000, 'finished');
      while (this.batches.length > 0) await this.deliver();
      if (this.random.once(this.breadth.stepsACompare)) await compareBooks(this.rig, this.all);
      if (this.isOver()) break;
    }
    await this.carryOut();
    expect(this.all.map(({ machine }) => machine.isOpen)).not.toContain(true);
    await this.check();
  }

  /** A pause that meets workers who ask: what they got they got before. */
  private async pause(): Promise<void> {
    const { workflowNo, machine } = this.random.pick(this.all);
    this.story.push(`  ${workflowNo}`);
    const [outcome] = await Promise.all([this.rig.pause(workflowNo), this.random.once(2) ? this.lease() : undefined]);
    const before = { state: machine.state, cancelRequested: machine.cancelRequested };
    const changed = machine.pause();
    expect(outcome).toMatchObject({ ...before, changed });
    if (changed) this.reached.paused += 1;
  }

  /** A label, or jobs by a filter. */
  private async pauseSome(): Promise<void> {
    const { workflowNo, machine, labels } = this.random.pick(this.all);
    if (this.random.once(2)) {
      const task = this.randomTask(machine);
      const label = labels[task] ?? '';
      this.story.push(`  ${workflowNo} ${label}`);
      const outcome = await this.rig.pause(workflowNo, { dryRun: false, labels: [label] });
      expect(outcome?.changed).toBe(machine.pauseTask(task));
    } else {
      const ordinals = this.someJobs(machine);
      this.story.push(`  ${workflowNo}: ${ordinals.join()}`);
      const outcome = await this.rig.pauseJobs(workflowNo, { ordinals });
      expect(outcome?.changed).toBe(machine.pauseJobs(ordinals, { paused: true }) > 0);
    }
    this.reached.pausedSome += 1;
  }

  private async resumeSome(): Promise<void> {
    const one = this.random.pick(this.all);
    const { workflowNo, machine, labels } = one;
    this.story.push(`  ${workflowNo}`);
    if (this.random.once(4)) return this.resumeAll(one);
    if (this.random.once(2)) {
      const task = this.randomTask(machine);
      const outcome = await this.rig.resume(workflowNo, { dryRun: false, labels: [labels[task] ?? ''] });
      expect(outcome?.changed).toBe(machine.resumeTask(task));
    } else {
      const ordinals = this.someJobs(machine);
      const outcome = await this.rig.resumeJobs(workflowNo, { ordinals });
      expect(outcome?.changed).toBe(machine.pauseJobs(ordinals, { paused: false }) > 0);
    }
  }

  private async resumeAll({ workflowNo, machine }: Running): Promise<void> {
    const outcome = await this.rig.resume(workflowNo, { dryRun: false, all: true });
    expect(outcome?.changed).toBe(machine.resumeAll());
  }

  /** Of its jobs, not of its barriers: those are nobody's to order about. */
  private randomTask(machine: WorkflowMachine): number {
    return this.random.pick(machine.jobs.filter(({ kind }) => kind !== 'barrier')).task;
  }

  private someJobs(machine: WorkflowMachine): number[] {
    const times = this.random.between(2, 10);
    return machine.jobs.flatMap((_, ordinal) => (this.random.once(times) ? [ordinal] : []));
  }

  /** What workers get who ask meanwhile they got after it. */
  private async resume({ workflowNo, machine } = this.random.pick(this.all)): Promise<void> {
    this.story.push(`  ${workflowNo}`);
    const changed = machine.resume();
    const [outcome] = await Promise.all([this.rig.resume(workflowNo), this.random.once(2) ? this.lease() : undefined]);
    expect(outcome).toMatchObject({ changed });
    if (changed) this.reached.resumed += 1;
  }

  private async lease(max = this.random.between(1, 12) * this.breadth.times): Promise<void> {
    const session = this.random.pick(this.sessions);
    const requestId = `r${this.random.below(1_000_000_000)}`;
    const brokers = this.random.once(4) && max < 1_000 ? 2 : 1;
    const names = Array.from({ length: brokers }, (_, no) => `${requestId}-${no}`);
    const grants = await Promise.all(names.map((name) => this.rig.lease(session, max, name)));
    names.forEach((name, no) => {
      this.noteGranted({ session, requestId: name }, grants[no] ?? []);
    });
    if (grants.flat().length > 0) this.limits.expectRoom(() => this.runningJobs());
  }

  private runningJobs(): number {
    return this.all.flatMap(({ machine }) => machine.jobs).filter(({ place }) => place === 'leased').length;
  }

  private noteGranted(request: RequestKey, jobs: readonly GrantedJob[]): void {
    const names = jobs.map(nameOf).sort();
    expect({ names, word: this.requests.grant(request, names) }).toEqual({ names, word: 'granted' });
    if (jobs.length === 0) return;
    this.story.push(`  ${names.join(' ')}`);
    for (const job of jobs) {
      const lease = { id: job.leaseId, token: job.token };
      const granted = this.machineOf(job.workflowNo).grant(job.ordinal, lease);
      expect({ job: nameOf(job), ...granted }).toEqual({ job: nameOf(job), attempt: job.attempt });
      this.held.push({ session: request.session, job });
    }
    this.reached.jobRuns += jobs.length;
    this.asked = [...this.asked, request].slice(-requestsKept);
  }

  /** Its answer was lost: the same jobs again, and no others, also from a broker that does not know of the first. */
  private async askAgain(): Promise<void> {
    if (this.asked.length === 0) return;
    const request = this.random.pick(this.asked);
    this.story.push(`  ${request.requestId}`);
    const again = await this.rig.leases.replay([request]);
    expect(again.map(nameOf).sort()).toEqual(this.requests.grantedTo(request));
    const anew = await this.grantedAnew(request);
    if (anew === 'repeated') expect(this.requests.grant(request, [])).toBe(anew);
    else if (anew.length > 0) this.noteGranted(request, anew);
    this.reached.repeated += 1;
  }

  private async grantedAnew({ session, requestId }: RequestKey): Promise<readonly GrantedJob[] | 'repeated'> {
    try {
      return await this.rig.lease(session, this.breadth.times, requestId);
    } catch (fault) {
      if (fault instanceof LeaseRepeated) return 'repeated';
      throw fault;
    }
  }

  /** Workers put ends of attempts into batches, one partition each. Some they hold on to, to say it again later. */
  private report(max = this.random.between(1, 15) * this.breadth.times, outcome?: 'finished'): void {
    const said = this.random.some(this.held, max);
    const groups = new Map<string, { session: string; ends: { job: GrantedJob; end: TrialEnd }[] }>();
    for (const { session, job } of said) {
      const key = `${session}/${partitionOf(job.workflowNo)}`;
      const group = groups.get(key) ?? { session, ends: [] };
      const end = outcome ? { outcome } : randomEnd(this.random);
      group.ends.push({ job, end });
      if (this.random.once(20)) group.ends.push({ job, end: this.random.once(2) ? end : randomEnd(this.random) });
      groups.set(key, group);
    }
    for (const { session, ends } of groups.values()) this.batches.push(batchOf(session, ends));
    const gone = new Set(said);
    this.held = this.held.filter((held) => !gone.has(held) || (outcome === undefined && this.random.once(8)));
  }

  /** One call of the transformer: some batches of one partition, in any order; some of them come again later. */
  private async deliver(batches = this.take()): Promise<void> {
    if (batches.length === 0) return;
    this.tell(batches);
    const expected = this.judge(batches);
    const settled = await this.rig.settle(batches);
    expect(settled.verdicts.map(({ duplicate, stale }) => ({ duplicate, stale }))).toEqual(expected.verdicts);
    expect(settled).toMatchObject({ setAside: 0, late: expected.late });
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
    const { verdicts } = this.judge(batches);
    const refused = verdicts.reduce((sum, { duplicate, stale }) => sum + duplicate.length + stale.length, 0);
    const settled = await Promise.all(calls.filter((call) => call.length > 0).map((call) => this.rig.settle(call)));
    this.reached.races += 1;
    const applied = settled.reduce((sum: number, one: SettledOrAside) => sum + one.applied, 0);
    expect(applied).toBe(batches.reduce((sum, batch) => sum + batch.events.length, 0) - refused);
  }

  private take(): TerminalBatch[] {
    const [first] = this.random.some(this.batches, 1);
    if (!first) return [];
    const same = this.batches.filter((batch) => batch.partition === first.partition);
    const taken = this.random.some(same, this.random.between(1, 4));
    this.batches = this.batches.filter((batch) => !taken.includes(batch) || this.random.once(10));
    return taken;
  }

  private tell(batches: TerminalBatch[]): void {
    for (const { events } of batches) {
      this.story.push(`  ${events.map((e) => `${e.job}#${e.attempt} ${e.reason ?? e.outcome}`).join(', ')}`);
    }
  }

  /** What the machines say of them, one by one. A call of the engine takes the late ones after the others. */
  private judge(batches: TerminalBatch[]): { verdicts: Verdicts[]; late: number } {
    const wasCancelled = new Map(this.all.map(({ workflowNo, machine }) => [workflowNo, machine.cancelRequested]));
    let late = 0;
    const said = batches.map((batch): [TerminalBatch, Verdicts] => {
      const verdict: Verdicts = { duplicate: [], stale: [] };
      batch.events.forEach((event, position) => {
        const word = this.judgeOne(batch, event);
        if (word === 'late') late += 1;
        if (word !== 'applied') this.reached[word] += 1;
        if (word === 'duplicate' || word === 'stale') verdict[word].push(position);
      });
      return [batch, verdict];
    });
    for (const { workflowNo, machine } of this.all) {
      if (!machine.cancelRequested || wasCancelled.get(workflowNo)) continue;
      this.story.push(`  failFast cancels ${workflowNo}`);
      this.reached.failedFast += 1;
    }
    const verdicts = said.map(([batch, first]) => toldVerdicts(batch, first, (event) => this.judgeOne(batch, event)));
    return { verdicts, late };
  }

  private judgeOne(batch: TerminalBatch, event: TerminalBatch['events'][number]): EndVerdict {
    const [[workflowNo = '', ordinal = ''], lease] = [event.job.split(':'), batch.leases[event.lease]];
    const machine = this.running.get(workflowNo)?.machine;
    if (!machine || !lease || partitionOf(workflowNo) !== batch.partition) return 'stale';
    return machine.settle({ ...event, ordinal: Number(ordinal), lease });
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
    const batch = batchOf(session, [{ job: lie, end: randomEnd(this.random) }]);
    const other = jobId(String(Number(job.workflowNo) + 1), 0);
    if (this.random.once(4)) batch.events[0] = { ...onlyEvent(batch), job: other };
    this.tell([batch]);
    expect(this.judge([batch]).verdicts).toEqual([{ duplicate: [], stale: [0] }]);
    expect((await this.rig.settle(batch)).verdicts).toEqual([
      { batchId: batch.batchId, events: 1, duplicate: [], stale: [0] },
    ]);
  }

  private async passBackOffs(): Promise<void> {
    await this.rig.passBackOffs().then(() => this.all.forEach(({ machine }) => machine.passBackOffs()));
  }

  /** Its process is gone. What it held is given up by a batch that arrives some time; its own reports still may, too. */
  private async loseWorker(): Promise<void> {
    const session = this.random.pick(this.sessions);
    const desk = new SessionDesk({
      store: this.rig.sessions,
      bus: {
        publish: async (_, batches) => void this.batches.push(...batches),
        oldestUnsettledSec: () => Promise.resolve(null),
      },
      terms: defaultTerms,
      newBatchId: () => crypto.randomUUID(),
      nowMs: () => Date.now(),
    });
    this.reached.lost += await desk.end(session, 'lost', 'the worker is gone');
    this.held = this.held.filter((held) => held.session !== session || this.random.once(3));
    this.sessions = [...this.sessions.filter((other) => other !== session), await this.rig.register()];
  }

  private async cancel(): Promise<void> {
    const { workflowNo, machine } = this.random.pick(this.all);
    this.story.push(`  ${workflowNo}`);
    if (machine.requestCancel()) this.reached.cancelled += 1;
    await this.rig.cancel(workflowNo);
  }

  /** By label, by state, by name, by all of these. */
  private async cancelJobs(): Promise<void> {
    const { workflowNo, machine, labels } = this.random.pick(this.all);
    const filter: JobFilter = {
      ...(this.random.once(2) && { ordinals: this.someJobs(machine) }),
      ...(this.random.once(3) && { labels: [labels[this.randomTask(machine)] ?? ''] }),
      ...(this.random.once(3) && { states: [this.random.pick(['waiting', 'ready', 'leased', 'failed'] as const)] }),
    };
    this.story.push(`  ${workflowNo} ${JSON.stringify(filter)}`);
    const chosen = machine.jobs.flatMap(({ task, place }, ordinal) => {
      const named = filter.ordinals?.includes(ordinal) ?? true;
      const labelled = filter.labels?.includes(labels[task] ?? '') ?? true;
      return named && labelled && (filter.states?.includes(stateOf(place)) ?? true) ? [ordinal] : [];
    });
    const jobs = machine.cancelJobs(chosen);
    const outcome = await this.rig.cancelJobs(workflowNo, filter);
    expect(outcome?.answer.ends).toBe(jobs);
    if (jobs > 0) this.reached.cancelledSome += 1;
  }

  private async carryOut(): Promise<void> {
    const open = await this.rig.query(
      "select workflow_id::text from workflow_command where kind = 'cancel' and done_at is null",
    );
    for (const [workflowNo] of open) this.machineOf(String(workflowNo)).carryOutCancel();
    await this.rig.runCommands();
  }

  private async retry(): Promise<void> {
    const { workflowNo, machine } = this.random.pick(this.all);
    if (machine.runNo >= 4) return;
    await this.carryOut();
    const some = this.random.once(2);
    const ordinals = new Set(this.someJobs(machine));
    const order = await this.rig.orders.requestRetry(workflowNo, some ? { ordinals: [...ordinals] } : {});
    const running = machine.isOpen;
    const retried = machine.retry((ordinal) => !some || ordinals.has(ordinal));
    this.story.push(`  ${workflowNo}: ${some ? [...ordinals].join() : 'all'}: ${retried}`);
    if (retried !== null) this.reached.retried += 1;
    await this.rig.runCommands();
    const result = await this.rig.orders.retryResult(order?.order ?? '');
    if (retried === null) expect(result).toEqual({ refused: running ? 'not-ended' : 'nothing-matched' });
    else expect(result).toMatchObject({ runNo: machine.runNo, retried });
  }

  private machineOf(workflowNo: string): WorkflowMachine {
    const running = this.running.get(workflowNo);
    if (!running) throw new Error(`workflow ${workflowNo} is not of this schedule`);
    return running.machine;
  }
}
