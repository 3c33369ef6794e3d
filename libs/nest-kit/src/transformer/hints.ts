import { Inject, Injectable } from '@nestjs/common';
import { type NatsConnection } from '#adapter-nats';
import {
  subjects,
  type BatchVerdicts,
  type HintCommand,
  type HintKill,
  type HintReady,
  type VerdictMessage,
} from '#contracts';
import { NATS } from '../service/nats.module.js';

/** Messages that may be lost: each has a slower way that finds the same. */
@Injectable()
export class Hints {
  constructor(@Inject(NATS) private readonly nats: NatsConnection) {}

  /** @param rows all that became ready, if they are few; empty: look at the classes. */
  ready(classes: number[], rows: NonNullable<HintReady['rows']> = []): void {
    if (classes.length === 0) return;
    const hint: HintReady = rows.length > 0 ? { classes, rows } : { classes };
    this.send(subjects.hintReady, hint);
  }

  kill(kills: HintKill['kills']): void {
    if (kills.length > 0) this.send(subjects.hintKill, { kills } satisfies HintKill);
  }

  command(partition: number): void {
    this.send(subjects.hintCommand, { partition } satisfies HintCommand);
  }

  verdicts(gateway: string, verdicts: BatchVerdicts[]): void {
    if (gateway && verdicts.length > 0) this.send(subjects.verdict(gateway), { verdicts } satisfies VerdictMessage);
  }

  private send(subject: string, body: object): void {
    if (!this.nats.isClosed()) this.nats.publish(subject, JSON.stringify(body));
  }
}
