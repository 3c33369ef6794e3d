import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ServiceClient } from '#adapter-nats';
import { type HintCommand, subjects } from '#contracts';
import type { OrderStore, RetryPorts } from '#engine';

/** Orders to the owners of partitions, and the hint that wakes them. */
@Injectable()
export class OrderDesk {
  constructor(private readonly services: ServiceClient) {}

  hint(partition: number): void {
    const hint: HintCommand = { partition };
    this.services.hint(subjects.hintCommand, hint);
  }

  ports(orders: OrderStore): RetryPorts {
    return { orders, hintCommand: (partition) => this.hint(partition), sleep: async (ms) => void (await sleep(ms)) };
  }
}
