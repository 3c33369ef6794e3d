import { randomUUID } from 'node:crypto';
import { Controller, Inject, Logger } from '@nestjs/common';
import { EventPattern, Payload, Ctx } from '@nestjs/microservices';
import { BATCHES, type BatchContext } from '#adapter-nats';
import { streams, type BatchVerdicts } from '#contracts';
import {
  letterOfBytes,
  SettleDesk,
  type DeadLetterStore,
  type DoubtfulBatch,
  type InHandStore,
  type SettleStore,
} from '#engine';
import { faultpoint } from '#faultpoint';
import { EventRelay } from './event-relay.js';
import { HeldTimer } from './held-timer.js';
import { Hints } from './hints.js';
import { ReportCounts } from './report-counts.js';
import { DEAD_LETTERS, IN_HAND, SETTLE_STORE } from './stores.js';
import { groupMessages, type SettleGroup } from './terminal-messages.js';

/** Settles what stream TERMINAL holds of the partitions that this process owns. */
@Controller()
export class SettleController {
  private readonly logger = new Logger('settle');
  private readonly desk: SettleDesk;

  constructor(
    @Inject(SETTLE_STORE) settles: SettleStore,
    @Inject(DEAD_LETTERS) private readonly dead: DeadLetterStore,
    @Inject(IN_HAND) inHand: InHandStore,
    private readonly hints: Hints,
    private readonly relay: EventRelay,
    private readonly held: HeldTimer,
    private readonly counts: ReportCounts,
  ) {
    const onDoubt = (batch: DoubtfulBatch): void => {
      this.logger.warn('processes died with a batch in hand: it is tried alone', { ...batch });
    };
    this.desk = new SettleDesk({ settles, dead, inHand, holder: randomUUID(), onDoubt });
  }

  @EventPattern<string>(streams.terminal, BATCHES)
  async settle(@Payload() bodies: readonly Uint8Array[], @Ctx() context: BatchContext): Promise<void> {
    const { partition, letters, again } = context;
    const { groups, bad } = groupMessages(bodies);
    for (const { body, reason } of bad) {
      this.logger.error(`a message of partition ${partition} can't be read: it is in dead_letter`, { reason });
      await this.dead.add(letterOfBytes(partition, body, reason));
    }
    for (const group of groups) await this.settleGroup(partition, group, { again });
    if (letters.length > 0) await this.dead.handled(letters);
  }

  private async settleGroup(partition: number, group: SettleGroup, options: { again: boolean }): Promise<void> {
    const settled = await this.desk.settle(partition, group.batches, options);
    faultpoint('apply.afterCommitBeforeAck');
    this.counts.note(settled);
    this.hints.ready(settled.classes, settled);
    this.tellVerdicts(group, settled.verdicts);
    if (settled.ordered) this.hints.command(partition);
    if (settled.heldSec !== null) this.held.arm(settled.heldSec);
    if (settled.applied > 0) this.relay.wake(partition);
    if (settled.setAside > 0) {
      this.logger.error(`${settled.setAside} events of partition ${partition} can't be settled: see dead_letter`);
    }
  }

  private tellVerdicts(group: SettleGroup, verdicts: BatchVerdicts[]): void {
    const byGateway = new Map<string, BatchVerdicts[]>();
    group.gateways.forEach((gateway, position) => {
      const verdict = verdicts[position];
      const own = byGateway.get(gateway);
      if (!verdict) return;
      if (own) own.push(verdict);
      else byGateway.set(gateway, [verdict]);
    });
    for (const [gateway, own] of byGateway) this.hints.verdicts(gateway, own);
  }
}
