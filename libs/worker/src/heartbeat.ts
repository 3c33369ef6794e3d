/**
 * Owns the worker's sign of life: one request at a time, every `heartbeatSec`, sooner when verdicts are awaited badly.
 * What it brings back - kills, verdicts, drain, what holds at the site - is handed on. A kill names one attempt, and only that one is stopped.
 */
import type { HeartbeatAnswer, HeartbeatRequest } from '#contracts';
import { isSessionRefusal, type Gateway } from './gateway.js';
import type { SessionGrant } from './leased-job.js';
import type { Reporter } from './reporter.js';
import type { Session } from './session.js';
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
  gate: SiteGate;
  log: WorkerLog;
  ended: AbortSignal;
}

export class Heartbeat {
  private listHeld = false;
  private timer: NodeJS.Timeout | undefined;
  private lastBeatMs = performance.now();
  private beating = false;

  constructor(private readonly parts: Parts) {}

  start(): void {
    this.timer = setInterval(() => this.beatWhenDue(), soonMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Once a second: nothing, unless the time has come, verdicts pile up, or the worker waits for them to end or to go on. */
  private beatWhenDue(): void {
    const { session, reporter, draining } = this.parts;
    const { grant } = session;
    const nowMs = performance.now();
    if (this.beating || grant === null) return;
    const waiting = reporter.awaited().length;
    const early = waiting > awaitedBatchesMax || (waiting > 0 && (draining() || reporter.crowded));
    if (early || this.listHeld || nowMs - this.lastBeatMs >= grant.heartbeatMs) void this.beat(grant);
    reporter.resendOverdue(nowMs);
  }

  private async beat(grant: SessionGrant): Promise<void> {
    const { gateway, session, ended, log } = this.parts;
    this.beating = true;
    this.lastBeatMs = performance.now();
    try {
      this.heard(grant, await gateway.call(() => gateway.api.heartbeat(this.request(grant), grant.token), ended));
    } catch (fault) {
      if (ended.aborted) return;
      if (isSessionRefusal(fault)) await session.renewed(grant).catch(() => undefined);
      else log('error', 'heartbeat.refused', { error: String(fault) });
    } finally {
      this.beating = false;
    }
  }

  private request(grant: SessionGrant): HeartbeatRequest {
    const { held } = grant;
    return {
      upMs: Math.round(performance.now()),
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
    if (answer.kill.length > 0) this.parts.log('info', 'attempts.killed', { count: answer.kill.length });
    this.parts.gate.heard(answer.site);
    if (answer.stop === true) this.parts.stop();
    else if (answer.drain) this.parts.drain();
  }
}
