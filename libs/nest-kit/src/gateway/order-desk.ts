import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { ServiceClient } from '#adapter-nats';
import { type HintCommand, type HintKill, type HintReady, inMessages, jsonBytes, subjects } from '#contracts';
import type { OrderHints, OrderStore, ReadStore, RetryPorts, TransitionStore } from '#engine';
import { ORDER_STORE, READ_STORE, TRANSITION_STORE } from './stores.js';

/** What users' orders need: the stores, and the hints that wake who carries them out. */
@Injectable()
export class OrderDesk implements RetryPorts {
  readonly hints: OrderHints = {
    command: (partition) => this.services.hint(subjects.hintCommand, { partition } satisfies HintCommand),
    ready: (classes, { limits } = { limits: [] }) => {
      if (classes.length + limits.length === 0) return;
      this.services.hint(subjects.hintReady, { classes, ...(limits.length > 0 && { limits }) } satisfies HintReady);
    },
    kill: (kills) => {
      for (const part of inMessages(kills, jsonBytes))
        this.services.hint(subjects.hintKill, { kills: part } satisfies HintKill);
    },
    held: () => this.services.hint(subjects.hintHeld, {}),
  };

  constructor(
    private readonly services: ServiceClient,
    @Inject(TRANSITION_STORE) readonly transitions: TransitionStore,
    @Inject(ORDER_STORE) readonly orders: OrderStore,
    @Inject(READ_STORE) readonly jobs: ReadStore,
  ) {}

  async sleep(ms: number): Promise<void> {
    await sleep(ms);
  }
}
