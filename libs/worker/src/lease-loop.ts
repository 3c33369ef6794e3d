/**
 * Owns the asking for work: one long poll at a time.
 *
 * L1  A request keeps its id until it has brought jobs, so that no lease is lost with an answer: a grant may have been on
 *     its way when the poll ended empty.
 * L2  Nothing is asked for while enough is queued, results pile up, or the journal's disk fails.
 * L3  What was leased under a session that is gone and has not started goes back.
 * L4  A poll says what is free when it is sent. While something runs or is queued that changes: polls are short then, and
 *     one that said much less than is free by now is sent anew.
 * L5  At a site that is not open it asks idle: not for jobs, but to hear when that changes.
 * L6  While the queue holds room for a wide job, nothing is asked for to fill it.
 * L7  After jobs went back, for want of time or since they may not run here now, it pauses, ever longer: they would come again.
 */
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { JobSize, WorkerRoom } from '#core';
import { jobId, type LeaseAnswer, type LeaseRequest, type LeaseTask } from '#contracts';
import { faultpoint } from '#faultpoint';
import type { TransformDefinition } from '#transform-sdk';
import { returnedAttempt } from './ended-attempt.js';
import { Gateway, isSessionRefusal } from './gateway.js';
import type { JobInputs } from './job-inputs.js';
import type { JobQueue } from './job-queue.js';
import type { Journal } from './journal.js';
import { killedFacts } from './killed-facts.js';
import { leaseSize, nextRamp, type Backlog } from './lease-size.js';
import type { Lease, LeasedTask, SessionGrant } from './leased-job.js';
import { OpenPoll } from './open-poll.js';
import { PollPatience } from './poll-patience.js';
import type { Reporter } from './reporter.js';
import type { Session } from './session.js';
import type { SiteGate } from './site-gate.js';
import type { Slots } from './slots.js';
import { UsualTime } from './usual-time.js';
import type { WorkerLog } from './worker-log.js';

const idleWaitSec = 20;
const busyWaitSec = 3;
/** An empty answer that comes sooner than this is followed by a pause: a gateway that cannot wait must not be hammered. */
const quickAnswerMs = 1_000;
const quickPauseMs = 250;
const brokenDiskPauseMs = 10_000;
const returnedPauseMs = { first: 1_000, longest: 60_000 };
/** Stands for jobs of which nothing is known. */
const unknownSize: JobSize = { cores: 1, memoryMib: 1, gpus: 0, diskMib: null };
/** Tasks whose usual time is remembered. */
const usualTimesMax = 1_000;

interface Parts {
  gateway: Gateway;
  session: Session;
  queue: JobQueue;
  slots: Slots;
  inputs: Pick<JobInputs, 'bringAhead'>;
  reporter: Reporter;
  journal: Journal;
  transforms: ReadonlyMap<string, TransformDefinition>;
  walltimeLeftSec: () => number | null;
  /** Stops one attempt, named `job:attempt`, and reports nothing of it. */
  kill: (grant: SessionGrant, key: string) => void;
  /** The gateway asks this worker to drain. */
  drain: () => void;
  /** The gateway asks this worker to end at once. */
  stop: () => void;
  gate: SiteGate;
  log: WorkerLog;
}

export class LeaseLoop {
  /** Newest lease received, for the heartbeat. */
  leaseSeen: string | null = null;
  private readonly usualTimes = new Map<string, UsualTime>();
  private readonly stopped = new AbortController();
  private latest: { task: LeasedTask; jobs: number }[] = [];
  private readonly patience = new PollPatience();
  private ramp = 0;
  /** The request that has brought nothing yet. */
  private openRequestId: string | null = null;
  private wakeUp: (() => void) | null = null;
  private openPoll: OpenPoll | null = null;
  /** 0: the latest lease's jobs all had time to end. */
  private returnedPauseMs = 0;
  private pausedUntilMs = 0;

  constructor(private readonly parts: Parts) {}

  /** Something changed that may make it ask. Cheap: called once per turn. */
  wake(): void {
    this.wakeUp?.();
    if (this.openPoll !== null) this.lookAt(this.openPoll);
  }

  /** Jobs went back that would come again. @see L7 */
  notePutBack(): void {
    if (performance.now() < this.pausedUntilMs) return;
    const { first, longest } = returnedPauseMs;
    this.returnedPauseMs = Math.min(longest, Math.max(first, this.returnedPauseMs * 2));
    this.pausedUntilMs = performance.now() + this.returnedPauseMs;
  }

  /** Ends the open poll; what the gateway grants to it goes back when the session ends. */
  stop(): void {
    this.stopped.abort();
    this.openPoll?.end();
    this.wake();
  }

  /** Asks for work until stopped. */
  async run(grant: SessionGrant): Promise<void> {
    while (!this.stopped.signal.aborted) {
      const max = await this.demand();
      if (max === 0) return;
      try {
        await this.ask(grant, max);
      } catch (fault) {
        if (this.stopped.signal.aborted) return;
        if (!isSessionRefusal(fault)) await this.pauseAfter(fault);
        else grant = await this.afterRefusal(grant, fault);
      }
    }
  }

  /** @returns how many jobs to ask for, once there is room (L2); 0 when stopped */
  private async demand(): Promise<number> {
    while (!this.stopped.signal.aborted) {
      await this.pauseAfterReturn();
      const max = this.wanted();
      if (this.parts.journal.brokenSinceMs !== null) await sleep(brokenDiskPauseMs, undefined, { ref: false });
      if (max > 0) return max;
      await new Promise<void>((resolve) => (this.wakeUp = resolve));
      this.wakeUp = null;
    }
    return 0;
  }

  /** L7 */
  private async pauseAfterReturn(): Promise<void> {
    const pauseMs = this.pausedUntilMs - performance.now();
    if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: this.stopped.signal }).catch(() => undefined);
  }

  /** Jobs to ask for. L2, L5, L6 */
  private wanted(): number {
    const { gate, reporter, queue } = this.parts;
    if (!gate.isOpen) return 1;
    return reporter.crowded || queue.held ? 0 : leaseSize(this.backlog());
  }

  private backlog(): Backlog {
    const { queue, slots } = this.parts;
    const sizes = this.latest.length === 0 ? [unknownSize] : this.latest.map(({ task }) => task.facts.resources);
    const timesMost = (room: WorkerRoom): number => Math.max(1, ...sizes.map((size) => room.times(size)));
    const whole = timesMost(slots.whole);
    this.ramp ||= whole * 2;
    const roomSoon = slots.freeSoon.cores > 0 && slots.freeSoon.memoryMib > 0;
    return {
      queued: queue.length,
      slots: whole,
      freeSlots: roomSoon ? timesMost(slots.free) : 0,
      usualMs: this.usualMs(),
      ramp: this.ramp,
    };
  }

  /** What is free within the prefetch and not for a queued job. */
  private unclaimed(): WorkerRoom {
    const room = this.parts.slots.freeSoon.copy();
    this.parts.queue.takeAllOff(room);
    return room;
  }

  /** Mean of the latest lease's jobs; null while one of its tasks is unknown. */
  private usualMs(): number | null {
    let sumMs = 0;
    let jobs = 0;
    for (const part of this.latest) {
      const { ms } = part.task.usual;
      if (ms === null) return null;
      sumMs += ms * part.jobs;
      jobs += part.jobs;
    }
    return jobs === 0 ? null : sumMs / jobs;
  }

  private async ask(grant: SessionGrant, max: number): Promise<void> {
    const { gateway, slots, queue, walltimeLeftSec, gate } = this.parts;
    const { cores, memoryMib, gpus, diskMib } = this.unclaimed();
    const free = {
      ...{ cores: Math.max(0, cores), memoryMib: Math.max(0, memoryMib), gpus: Math.max(0, gpus) },
      ...(Number.isFinite(diskMib) && { diskMib: Math.max(0, diskMib) }),
      walltimeLeftSec: walltimeLeftSec(),
    };
    const again = this.openRequestId !== null;
    const idle = !gate.isOpen;
    const request: LeaseRequest = {
      requestId: (this.openRequestId ??= randomUUID()),
      again,
      free,
      max,
      ...(idle && { idle }),
      waitSec: slots.runningCount + queue.length > 0 && !idle ? busyWaitSec : idleWaitSec,
    };
    const askedMs = performance.now();
    const { signal } = this.stopped;
    const answer = await gateway.call((failed) => {
      return this.poll({ ...request, again: again || failed > 0 }, grant); // L1
    }, signal);
    if (answer === null) return;
    this.receive(grant, answer);
    await nextTurn(); // its jobs start,
    await nextTurn(); // and those that ended at once are on their way to the journal: asking again can wait for them
    if (answer.jobs.length === 0 && performance.now() - askedMs < quickAnswerMs) {
      await sleep(quickPauseMs * (0.5 + Math.random()), undefined, { signal });
    }
  }

  /** @returns null when it is to be sent anew. L4 */
  private async poll(request: LeaseRequest, grant: SessionGrant): Promise<LeaseAnswer | null> {
    const { patience } = this;
    const sentMs = performance.now();
    const waitSec = patience.waitSec(request.waitSec, sentMs);
    const open = new OpenPoll(request.idle === true ? null : request.free, sentMs);
    this.openPoll = open;
    if (this.stopped.signal.aborted) open.end();
    try {
      const answer = await this.parts.gateway.api.lease({ ...request, waitSec }, grant.token, open.signal);
      patience.answered();
      return answer;
    } catch (fault) {
      if (open.signal.aborted && !this.stopped.signal.aborted) return null;
      const limitSec = patience.broke(performance.now() - sentMs, performance.now());
      if (limitSec !== null) this.parts.log('warn', 'polls.cut', { waitSec: limitSec, error: String(fault) });
      throw fault;
    } finally {
      open.close();
      this.openPoll = null;
    }
  }

  /** L4 */
  private lookAt(open: OpenPoll): void {
    const { queue, slots } = this.parts;
    if (open !== this.openPoll || queue.length > 0 || !open.hasOutgrown(slots.freeSoon) || this.wanted() === 0) return;
    const restMs = open.restMs({ isIdle: slots.runningCount === 0, nowMs: performance.now() });
    if (restMs === 0) open.end();
    else open.lookAgain(restMs, () => this.lookAt(open));
  }

  private receive(grant: SessionGrant, answer: LeaseAnswer): void {
    if (performance.now() - this.pausedUntilMs > this.returnedPauseMs) this.returnedPauseMs = 0;
    const kills = answer.kill ?? [];
    for (const { job, attempt } of kills) this.parts.kill(grant, `${job}:${attempt}`);
    if (kills.length > 0) this.parts.log('info', 'attempts.killed', killedFacts(kills));
    if (answer.site !== undefined) this.parts.gate.heard(answer.site);
    if (answer.stop === true) this.parts.stop();
    else if (answer.drain === true) this.parts.drain();
    if (answer.lease === null) return;
    faultpoint('worker.afterLease');
    this.openRequestId = null;
    this.leaseSeen = answer.lease.id;
    const lease: Lease = { ...answer.lease, grant };
    const tasks = answer.tasks.map((facts) => this.leasedTask(facts));
    this.latest = tasks.map((task) => ({ task, jobs: 0 }));
    for (const spec of answer.jobs) {
      const part = this.latest[spec.task];
      if (part === undefined) continue;
      part.jobs += 1;
      const id = jobId(part.task.facts.workflowNo, spec.ordinal);
      const job = { id, attempt: spec.attempt, key: `${id}:${spec.attempt}`, task: part.task, spec, lease };
      if (!grant.held.add(job)) continue;
      this.parts.queue.push(job);
      this.parts.inputs.bringAhead(job);
    }
    this.ramp = nextRamp(this.backlog());
    this.parts.gate.tookJobs();
    this.parts.slots.wake();
  }

  private leasedTask(facts: LeaseTask): LeasedTask {
    return { facts, transform: this.parts.transforms.get(facts.transform) ?? null, usual: this.usualTimeOf(facts) };
  }

  private usualTimeOf(facts: LeaseTask): UsualTime {
    const key = `${facts.workflowNo}/${facts.label}`;
    const known = this.usualTimes.get(key) ?? new UsualTime(facts.usualMs);
    known.said(facts.usualMs);
    this.usualTimes.delete(key);
    this.usualTimes.set(key, known);
    if (this.usualTimes.size > usualTimesMax) this.usualTimes.delete(this.usualTimes.keys().next().value ?? key);
    return known;
  }

  /** L3 */
  private async afterRefusal(refused: SessionGrant, fault: unknown): Promise<SessionGrant> {
    const grant = await this.parts.session.renewed(refused, fault);
    const nowMs = Date.now();
    for (const job of this.parts.queue.removeAll(({ lease }) => lease.grant !== grant)) {
      this.parts.reporter.add(returnedAttempt(job, nowMs));
    }
    return grant;
  }

  private async pauseAfter(fault: unknown): Promise<void> {
    this.parts.log('error', 'lease.refused', { error: String(fault), next: 'asking again in 10 s' });
    await sleep(10_000, undefined, { signal: this.stopped.signal }).catch(() => undefined);
  }
}
