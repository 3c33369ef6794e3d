/**
 * Wires one worker: a session with its lease loop, slots, reporter and heartbeat, over a journal. Many may live in one
 * process; each has its own session, and they may share a journal.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { persevere, type Proxy } from '#client';
import type { KeepLog, RegisterRequest, SiteRule } from '#contracts';
import { WorkerRoom } from '#core';
import type { TransformDefinition } from '#transform-sdk';
import { AttemptLogs } from './attempt-logs.js';
import { returnedAttempt } from './ended-attempt.js';
import { FileCache } from './file-cache.js';
import { Gateway } from './gateway.js';
import { Heartbeat } from './heartbeat.js';
import { JobInputs } from './job-inputs.js';
import { JobQueue } from './job-queue.js';
import type { Journal } from './journal.js';
import { lastingMs } from './lasting-clock.js';
import { LeaseLoop } from './lease-loop.js';
import type { SessionGrant } from './leased-job.js';
import { Reporter, type ReportCounts } from './reporter.js';
import { Session } from './session.js';
import type { SessionFile } from './session-file.js';
import { SiteGate } from './site-gate.js';
import { Slots, type Eviction } from './slots.js';
import { noOwnIsolation, WorkerIsolation, type OwnIsolation } from './worker-isolation.js';
import { WorkFolders, type KeepFolders } from './work-folders.js';
import type { WorkerLog } from './worker-log.js';
import { WorkerApi } from './worker-api.js';

export interface WorkerOptions {
  /** The gateway's address. */
  url: string;
  /** The forward proxy on the way to it; default none. */
  proxy?: Proxy | null;
  /** The pool's credential, read at every register. */
  poolToken: () => string;
  site: string;
  /** A name that people can find it by. */
  name: string;
  cores: number;
  memoryMib: number;
  /** Ids of the GPUs that it hands out; null or not given: none. */
  gpuIds?: readonly string[] | null;
  /** Scratch space that jobs share by what they ask for; default null: unknown, taken as enough. */
  diskMib?: number | null;
  /** What this machine can do, such as `bwrap`; default nothing. */
  features?: readonly string[];
  /** Seconds until it must be gone; null for no end. It drains in time by itself. */
  walltimeSec: number | null;
  tags: Record<string, string>;
  transforms: readonly TransformDefinition[];
  /** Attempts have their folders in here. */
  workFolder: string;
  keepFolders: KeepFolders;
  /** What fetched files may come to in all; default 10,240. */
  cacheMib?: number;
  /** Of which attempts full logs go to the file store, where their jobs do not say; default `never`. */
  logs?: KeepLog;
  /** How programs of jobs are kept apart; default: not at all. */
  isolation?: OwnIsolation;
  journal: Journal;
  /** Where this worker's session is remembered for its successor; null: nowhere, as for many workers in one process. */
  sessionFile: SessionFile | null;
  /** How long running jobs may go on once it drains. */
  graceMs: number;
  /** A batch that is not settled after so long is reported again; default 30 s. */
  resendMs?: number;
  /** For trials: looking after beats, and back-offs, go so many times as fast; default 1. */
  clockScale?: number;
  log: WorkerLog;
  /** Milliseconds on a clock that runs while the machine sleeps; default: the machine's. */
  nowMs?: () => number;
  /** Connections that several workers of one process share; default: its own. */
  api?: WorkerApi;
}

export interface WorkerCounts extends ReportCounts {
  /** Jobs started. */
  started: number;
}

/** Of the grace time, how much running programs get between SIGTERM and SIGKILL. */
const evictionGraceMs = 1_500;
/** What draining takes after the grace time: the last reports. In a hurry the journal keeps what is not settled. */
const settleWaitMs = { usual: 5_000, hurried: 1_000 } as const;
/** Programs that were sent SIGKILL may take so long to be gone. */
const killedMsMax = 3_000;
const endingTries = { firstMs: 100, lastMs: 200, triesMax: 3 };
const walltimeMarginMs = 10_000;
const usualResendMs = 30_000;
const usualCacheMib = 10_240;
/** What a dead worker left in the journal is reported before its session ends: for so long that is waited for. */
const leftoversWaitMs = 120_000;

interface DrainPlan {
  graceMs: number;
  settleMs: number;
  eviction: Eviction | undefined;
}

/** What ends since an operator ordered its worker to. */
const ordered: Eviction = { byOrder: true, message: 'an operator ended the worker' };

export class Worker {
  private readonly gateway: Gateway;
  private readonly gate: SiteGate;
  private readonly session: Session;
  private readonly queue: JobQueue;
  private readonly slots: Slots;
  private readonly reporter: Reporter;
  private readonly leases: LeaseLoop;
  private readonly heartbeat: Heartbeat;
  private readonly inputs: JobInputs;
  private readonly logs: AttemptLogs;
  private readonly ended = new AbortController();
  private readonly startedMs = performance.now();
  private draining: Promise<void> | null = null;
  private walltimeTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: WorkerOptions) {
    const { journal, log, workFolder, keepFolders, resendMs = usualResendMs, clockScale = 1 } = options;
    const { signal } = this.ended;
    this.gateway = new Gateway(
      options.api ?? new WorkerApi({ url: options.url, proxy: options.proxy }),
      log,
      clockScale,
    );
    this.gate = new SiteGate(options.site, {
      giveBack: () => this.giveBack(),
      evict: (message) => this.slots.evictAll(evictionGraceMs, { byOrder: true, message }),
      turned: () => this.leases.wake(),
      log,
    });
    const heardSite = (rule?: SiteRule): void => this.gate.heard(rule);
    const offer = (): RegisterRequest => offerOf(options, this.walltimeLeftSec());
    const tokenChanged = (token: string): void => options.sessionFile?.keep(token);
    this.session = new Session(this.gateway, offer, options.poolToken, log, signal, heardSite, tokenChanged);
    this.reporter = new Reporter(this.gateway, this.session, journal, log, signal, resendMs);
    const isolation = new WorkerIsolation(options.isolation ?? noOwnIsolation);
    const cache = new FileCache(join(workFolder, 'files'), (options.cacheMib ?? usualCacheMib) * 2 ** 20);
    this.inputs = new JobInputs(cache, this.gateway, log);
    this.logs = new AttemptLogs(this.gateway, options.logs ?? 'never', log);
    const ports = {
      inputs: this.inputs,
      logs: this.logs,
      ended: this.reporter.add.bind(this.reporter),
      returned: () => this.leases.notePutBack(),
      time: { walltimeSec: options.walltimeSec, leftSec: () => this.walltimeLeftSec() },
      hungry: () => this.leases.wake(),
      isolation: () => isolation.under(this.gate.sandbox),
    };
    const { cores, memoryMib, gpuIds = null, diskMib = null } = options;
    this.queue = new JobQueue(WorkerRoom.of({ cores, memoryMib }));
    const folders = new WorkFolders(workFolder, keepFolders);
    this.slots = new Slots({ cores, memoryMib, gpuIds, diskMib }, this.queue, folders, ports, log);
    this.leases = new LeaseLoop({
      gateway: this.gateway,
      session: this.session,
      queue: this.queue,
      slots: this.slots,
      inputs: this.inputs,
      reporter: this.reporter,
      journal,
      transforms: new Map(options.transforms.map((transform) => [transform.name, transform])),
      walltimeLeftSec: () => this.walltimeLeftSec(),
      kill: (grant, key) => this.kill(grant, key),
      drain: () => void this.drain({ eviction: ordered }),
      stop: () => this.stopNow(),
      gate: this.gate,
      log,
    });
    this.heartbeat = new Heartbeat({
      gateway: this.gateway,
      session: this.session,
      reporter: this.reporter,
      leaseSeen: () => this.leases.leaseSeen,
      draining: () => this.draining !== null,
      kill: (grant, key) => this.kill(grant, key),
      drain: () => void this.drain({ eviction: ordered }),
      stop: () => this.stopNow(),
      cutOff: (silentSec) => this.stopCutOff(silentSec),
      nowMs: options.nowMs ?? lastingMs,
      gate: this.gate,
      log,
      ended: signal,
      clockScale,
    });
    this.reporter.whenSettled(() => this.leases.wake());
  }

  get counts(): WorkerCounts {
    return { started: this.slots.started, ...this.reporter.counts };
  }

  /** Jobs that run now. */
  get running(): number {
    return this.slots.runningCount;
  }

  /** Whether its site lets it start jobs, as it was last told. */
  get isSiteOpen(): boolean {
    return this.gate.isOpen;
  }

  /** Resolves when it has drained, whoever asked for that. */
  get drained(): Promise<void> {
    return new Promise((resolve) => this.ended.signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /**
   * Registers, reports what the journal still holds, and starts to work. Waits for a gateway that is not there yet.
   * @returns whether it works; not when it was told to drain meanwhile
   * @throws ProblemError when the gateway refuses the token or the offer
   */
  async start(): Promise<boolean> {
    const predecessor = this.options.sessionFile?.read() ?? null;
    const grant = await this.session.register().catch((fault: unknown) => {
      if (this.ended.signal.aborted) return null;
      throw fault;
    });
    if (grant === null || this.draining !== null) return false;
    this.reporter.adopt(this.options.journal.takeLeftovers());
    void this.endPredecessor(predecessor);
    this.heartbeat.start();
    this.armWalltime();
    this.leases.run(grant).catch((fault: unknown) => {
      if (!this.ended.signal.aborted) throw fault;
    });
    return true;
  }

  /**
   * Gives back what has not started, lets running jobs go on for the grace time, ends and reports the rest as evicted,
   * and ends the session. Repeating it waits for the first.
   * @param options.eviction why what still runs then is ended
   * @param options.hurried without the grace time: over in 4 s, if the machine can end the programs by then.
   */
  drain({ hurried = false, eviction }: { hurried?: boolean; eviction?: Eviction } = {}): Promise<void> {
    this.draining ??= hurried
      ? this.drainOnce({ graceMs: evictionGraceMs, settleMs: settleWaitMs.hurried, eviction })
      : this.drainOnce({ graceMs: this.options.graceMs, settleMs: settleWaitMs.usual, eviction });
    return this.draining;
  }

  /** By order of an operator: what runs is ended now, also of a worker that drains already. */
  private stopNow(): void {
    this.slots.evictAll(evictionGraceMs, ordered);
    void this.drain({ hurried: true, eviction: ordered });
  }

  /** Its site wants nothing to go on here for which nobody knows any more. The worker stays, and works on when it is heard. */
  private stopCutOff(silentSec: number): void {
    const unstarted = this.giveBack();
    this.options.log('warn', 'worker.cut-off', { silentSec: Math.round(silentSec), running: this.running, unstarted });
    const message = `no gateway was heard for ${Math.round(silentSec)} s, and the site ends what runs then`;
    this.slots.evictAll(evictionGraceMs, { byOrder: false, message });
  }

  /** Gives back what has not started. @returns how many */
  private giveBack(): number {
    const jobs = this.queue.removeAll(() => true);
    for (const job of jobs) this.reporter.add(returnedAttempt(job, Date.now()));
    return jobs.length;
  }

  private async drainOnce({ graceMs, settleMs, eviction }: DrainPlan): Promise<void> {
    const { log } = this.options;
    clearTimeout(this.walltimeTimer);
    log('info', 'worker.draining', { running: this.running, unstarted: this.queue.length });
    this.leases.stop();
    this.inputs.stop();
    this.giveBack();
    await until(() => this.running === 0, graceMs - evictionGraceMs);
    this.slots.evictAll(Math.min(evictionGraceMs, graceMs), eviction);
    await until(() => this.running + this.slots.sendingCount === 0, evictionGraceMs + killedMsMax);
    this.logs.stop();
    await until(() => this.reporter.idle, settleMs);
    this.heartbeat.stop(); // a beat that found the session ended would register anew
    await this.endSession();
    this.ended.abort(new Error('the worker has ended'));
    if (this.options.api === undefined) this.gateway.api.close();
    log('info', 'worker.ended', { ...this.counts, unsettledBatches: this.options.journal.unsettled });
  }

  /**
   * Ends the session of the dead process that worked in this folder, so that what it ran is given out anew at once. What
   * it had finished counts: that is reported first.
   */
  private async endPredecessor(token: string | null): Promise<void> {
    if (token === null) return;
    await until(() => this.reporter.leftovers === 0 || this.ended.signal.aborted, leftoversWaitMs);
    await this.gateway.api.endSession(token).then(
      () => this.options.log('info', 'predecessor.ended', {}),
      (fault: unknown) => this.options.log('warn', 'predecessor.not-ended', { error: String(fault) }),
    );
  }

  /** A few tries: a session that could not be ended is found silent, but late. */
  private async endSession(): Promise<void> {
    const { grant } = this.session;
    if (grant === null) return;
    try {
      await persevere(endingTries, () => this.gateway.api.endSession(grant.token));
      this.options.sessionFile?.remove();
    } catch (fault) {
      this.options.log('warn', 'session.not-ended', { session: grant.session, error: String(fault) });
    }
  }

  private kill(grant: SessionGrant, key: string): void {
    const job = grant.held.find(key);
    if (job === undefined) return;
    if (this.queue.remove(job)) grant.held.remove(key);
    else if (this.slots.kill(job)) grant.held.remove(key);
  }

  /** Seconds until running jobs are stopped, since the worker drains in time; null: no end. */
  private walltimeLeftSec(): number | null {
    const { walltimeSec, graceMs } = this.options;
    if (walltimeSec === null) return null;
    const endingMs = walltimeMarginMs + Math.min(graceMs, evictionGraceMs);
    return Math.max(0, walltimeSec - (performance.now() - this.startedMs + endingMs) / 1_000);
  }

  private armWalltime(): void {
    const { walltimeSec, graceMs } = this.options;
    if (walltimeSec === null) return;
    const leftMs = Math.max(0, walltimeSec * 1_000 - graceMs - walltimeMarginMs);
    this.walltimeTimer = setTimeout(() => void this.drain(), Math.min(leftMs, 2 ** 31 - 1));
  }
}

/** @param leftSec for jobs; null: no end */
function offerOf(options: WorkerOptions, leftSec: number | null): RegisterRequest {
  const { site, name, cores, memoryMib, tags, workFolder: workDir } = options;
  const walltimeSec = leftSec === null ? null : Math.max(1, Math.floor(leftSec));
  const transforms = options.transforms.map((transform) => `${transform.name}@${transform.version}`);
  const { gpuIds, diskMib = null, features = [] } = options;
  const gpus = gpuIds?.length ?? 0;
  return {
    ...{ site, worker: name, cores, memoryMib, gpus, diskMib, features: [...features], walltimeSec, tags, transforms },
    workDir,
  };
}

/** Looks 20 times a second: only while draining. */
async function until(reached: () => boolean, limitMs: number): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!reached() && performance.now() < endMs) await sleep(50);
}
