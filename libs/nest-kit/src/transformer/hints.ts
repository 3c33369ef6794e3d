import { Inject, Injectable } from '@nestjs/common';
import { type NatsConnection } from '#adapter-nats';
import {
  inMessages,
  isOwnId,
  jsonBytes,
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

  /**
   * @param rows all that became ready, if they are few; empty: look at the classes.
   * @param limits under which there is room again.
   */
  ready(classes: number[], { rows = [], limits = [] }: Partial<Pick<HintReady, 'rows' | 'limits'>> = {}): void {
    if (classes.length + limits.length === 0) return;
    this.send(subjects.hintReady, {
      classes,
      ...(rows.length > 0 && { rows }),
      ...(limits.length > 0 && { limits }),
    } satisfies HintReady);
  }

  kill(kills: HintKill['kills']): void {
    for (const part of inMessages(kills, jsonBytes)) this.send(subjects.hintKill, { kills: part } satisfies HintKill);
  }

  command(partition: number): void {
    this.send(subjects.hintCommand, { partition } satisfies HintCommand);
  }

  /** @param gateway as the message named it: one that can't be ours is told nothing, and its workers ask again. */
  verdicts(gateway: string, verdicts: BatchVerdicts[]): void {
    if (!isOwnId(gateway)) return;
    for (const part of inMessages(verdicts, verdictBytes))
      this.send(subjects.verdict(gateway), { verdicts: part } satisfies VerdictMessage);
  }

  private send(subject: string, body: object): void {
    if (!this.nats.isClosed()) this.nats.publish(subject, JSON.stringify(body));
  }
}

/** Not less than it is as JSON text: a position takes three digits and a comma. */
const verdictBytes = ({ batchId, duplicate, stale }: BatchVerdicts): number =>
  batchId.length + 80 + 4 * (duplicate.length + stale.length);
