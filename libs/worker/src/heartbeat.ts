/**
 * Owns the worker's sign of life: one request at a time, every `heartbeatSec`, sooner when verdicts are awaited badly.
 * What it brings back - kills, verdicts, drain, what holds at the site - is handed on. A kill names one attempt, and only
 * that one is stopped.
 */
import type { HeartbeatAnswer, HeartbeatRequest } from '#contracts';
import { CutOff } from './cut-off.js';
import { isSessionRefusal, type Gateway } from './gateway.js';
import type { SessionGrant } from './leased-job.js';
import type { Reporter } from './reporter.js';
import type { Session } from './session.js';
import { killedFacts } from './killed-facts.js';
import type { SiteGate } from './site-gate.js';
import type { WorkerLog } from './worker-log.js';

/** Batches that wait for verdicts at which the next beat is not waited for. */
const awaitedBatchesMax = 100;
const soonMs = 1_000;

interface Parts {
  gateway: Gateway;
  session: Session;
  reporter: Reporter;
  leaseSeen: () => string | null;
  draining: () => boolean;
  kill: (grant: SessionGrant, key: string) => void;
  drain: () => void;
  /** The worker is to end at once. */
  stop: () => void;
  /** Nobody has heard this worker for longer than its site allows. */
  cutOff: (silentSec: number) => void;
  /** Milliseconds on a clock that runs while the machine sleeps. */
  nowMs: () => number;
  gate: SiteGate;
  log: WorkerLog;
  ended: AbortSignal;
  /** How many times as fast the clocks of a trial go. */
  clockScale: number;
}

export class Heartbeat {
  private listHeld = false;
  private timer: NodeJS.Timeout | undefined;
  private lastBeatMs: number;
  private beating = false;
  private stopped = false;
  private readonly startedMs: number;
  private readonly cutOff: CutOff;

  constructor(private readonly parts: Parts) {
    this.startedMs = this.lastBeatMs = parts.nowMs();
    this.cutOff = new CutOff(this.startedMs, parts.cutOff);
  }

  start(): void {
    this.cutOff.heard(this.parts.nowMs()); // it has just registered
    this.timer = setInterval(() => this.beatWhenDue(), soonMs / this.parts.clockScale);
  }

  /** The session is about to be ended: what a beat still under way is answered counts for nothing. */
  stop(): void {
    clearInterval(this.timer);
    this.stopped = true;
  }

  /** Once a second: nothing, unless the time has come, verdicts pile up, or the worker waits for them to end or to go on. */
  private beatWhenDue(): void {
    const { session, reporter, draining } = this.parts;
    const { grant } = session;
    const nowMs = this.parts.nowMs();
    if (grant === null) return;
    const { heartbeatSec, cutOffStopSec } = grant.terms;
    this.cutOff.check(nowMs, cutOffStopSec === null ? null : cutOffStopSec * 1_000);
    if (this.beating) return;
    const waiting = reporter.awaited().length;
    const early = waiting > awaitedBatchesMax || (waiting > 0 && (draining() || reporter.crowded));
    if (early || this.listHeld || nowMs - this.lastBeatMs >= heartbeatSec * 1_000) void this.beat(grant);
    reporter.resendOverdue(performance.now());
  }

  private async beat(grant: SessionGrant): Promise<void> {
    const { gateway, session, ended, log } = this.parts;
    this.beating = true;
    this.lastBeatMs = this.parts.nowMs();
    let sentMs = this.lastBeatMs;
    try {
      const answer = await gateway.call(() => {
        sentMs = this.parts.nowMs();
        return gateway.api.heartbeat(this.request(grant, sentMs), grant.token);
      }, ended);
      this.cutOff.heard(sentMs);
      this.heard(grant, answer);
    } catch (fault) {
      if (ended.aborted || this.stopped) return;
      if (isSessionRefusal(fault)) await session.renewed(grant, fault).catch(() => undefined);
      else log('error', 'heartbeat.refused', { error: String(fault) });
    } finally {
      this.beating = false;
    }
  }

  private request(grant: SessionGrant, sentMs: number): HeartbeatRequest {
    const { held } = grant;
    return {
      upMs: Math.max(0, Math.round(sentMs - this.startedMs)),
      heldCount: held.count,
      heldHash: held.hash,
      leaseSeen: this.parts.leaseSeen(),
      ...(this.listHeld ? { held: held.list() } : {}),
      batches: this.parts.reporter.awaited(),
      draining: this.parts.draining(),
    };
  }

  private heard(grant: SessionGrant, answer: HeartbeatAnswer): void {
    this.listHeld = answer.listHeld;
    for (const verdicts of answer.verdicts) this.parts.reporter.verdicts(verdicts);
    for (const { job, attempt } of answer.kill) this.parts.kill(grant, `${job}:${attempt}`);
    if (answer.kill.length > 0) this.parts.log('info', 'attempts.killed', killedFacts(answer.kill));
    grant.terms = answer.terms ?? grant.terms;
    if (answer.token !== undefined) this.parts.session.goOnWith(grant, answer.token);
    this.parts.gate.heard(answer.site);
    if (answer.stop === true) this.parts.stop();
    else if (answer.drain) this.parts.drain();
  }
}
