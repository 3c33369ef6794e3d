import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Inject, Logger, type OnModuleDestroy } from '@nestjs/common';
import { EventPattern, Payload, Transport } from '@nestjs/microservices';
import { type NatsConnection } from '#adapter-nats';
import {
  subjects,
  type HintKill,
  type HintReady,
  type HintSite,
  type LeaseAnswerMessage,
  type LeaseAskMessage,
  type LeaseGoneMessage,
} from '#contracts';
import { LeaseDesk, SessionDesk, type DeskAnswer } from '#engine';
import { NATS } from '../service/nats.module.js';
import { answerMessages } from './answer-messages.js';

/** Classes whose hint was lost are found this often, in milliseconds; only while somebody waits, and however busy we are. */
const sweepMs = 2_000;
/** Wait after a fault before the next round. */
const pauseMs = 500;
/** While many ask, rounds that grant, or tried to, begin so far apart: each is two statements, however many it serves. */
const roundMs = 5;

/** Lets workers wait, and answers them when something is ready. */
@Controller()
export class LeaseController implements OnModuleDestroy {
  private readonly logger = new Logger('lease');
  private readonly timer = setInterval(() => this.sweep(), sweepMs);
  private running = false;
  private again = false;
  private sweepDue = false;

  constructor(
    private readonly desk: LeaseDesk,
    private readonly sessions: SessionDesk,
    @Inject(NATS) private readonly nats: NatsConnection,
  ) {}

  @EventPattern<string>(subjects.leaseAsk, Transport.NATS, { queue: 'broker' })
  asked(@Payload() { gateway, asks }: LeaseAskMessage): void {
    this.desk.wait(gateway, asks);
    void this.serve();
  }

  @EventPattern<string>(subjects.leaseGone, Transport.NATS)
  left(@Payload() { gateway, gone }: LeaseGoneMessage): void {
    for (const poll of gone) this.desk.leave({ gateway, ...poll });
  }

  @EventPattern<string>(subjects.hintReady, Transport.NATS)
  ready(@Payload() { classes, rows, limits }: HintReady): void {
    if (limits) this.desk.noteFreed(limits);
    if (rows) this.desk.noteRows(rows);
    else this.desk.noteReady(classes);
    if (this.desk.waiters > 0) void this.serve();
  }

  @EventPattern<string>(subjects.hintLimits, Transport.NATS)
  limitsChanged(): void {
    this.desk.noteLimits();
    if (this.desk.waiters > 0) void this.serve();
  }

  @EventPattern<string>(subjects.hintShares, Transport.NATS)
  sharesChanged(): void {
    this.desk.noteShares();
    if (this.desk.waiters > 0) void this.serve();
  }

  @EventPattern<string>(subjects.hintKill, Transport.NATS)
  kill(@Payload() { kills }: HintKill): void {
    this.sessions.noteKills(kills);
    const answers = [...new Set(kills.map(({ session }) => session))].flatMap((session) => {
      const own = this.sessions.takeKills(session);
      const answer = this.desk.interrupt(session, own);
      if (!answer) this.sessions.noteKills(own.map((kill) => ({ session, ...kill })));
      return answer ?? [];
    });
    this.send(answers);
  }

  /** Workers that wait hear of it now; the others with their next heartbeat. */
  @EventPattern<string>(subjects.hintSite, Transport.NATS)
  sitesChanged(@Payload() { sites, sessions }: HintSite): void {
    for (const site of sites) this.desk.forgetSite(site);
    for (const session of sessions) this.desk.forgetSession(session);
    if (this.desk.waiters > 0) void this.serve();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private sweep(): void {
    if (this.desk.waiters === 0) return;
    this.sweepDue = true;
    void this.serve();
  }

  /** Rounds, one at a time, until one finds nothing for those who wait; a sweep goes between two of them. */
  private async serve(): Promise<void> {
    this.again = true;
    if (this.running) return;
    this.running = true;
    try {
      while (this.again) {
        this.again = false;
        const begunMs = performance.now();
        if (this.sweepDue) await this.desk.sweep();
        this.sweepDue = false;
        const { answers, more } = await this.desk.serve();
        this.again ||= more;
        this.send(answers);
        if (this.again && (more || answers.length > 0)) await sleep(Math.max(0, begunMs + roundMs - performance.now()));
      }
    } catch (fault) {
      this.complain(fault);
      setTimeout(() => void this.serve(), pauseMs).unref();
    } finally {
      this.running = false;
    }
  }

  private send(answers: DeskAnswer[]): void {
    for (const { gateway, message } of answerMessages(answers)) {
      this.nats.publish(subjects.leaseAnswer(gateway), JSON.stringify(message satisfies LeaseAnswerMessage));
    }
  }

  private complain(fault: unknown): void {
    this.logger.warn('workers wait', { cause: fault instanceof Error ? fault.message : String(fault) });
  }
}
