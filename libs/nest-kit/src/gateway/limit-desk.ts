import { Inject, Injectable } from '@nestjs/common';
import { ServiceClient } from '#adapter-nats';
import { subjects } from '#contracts';
import type { LimitPorts, LimitStore } from '#engine';
import { LIMIT_STORE } from './stores.js';

/** What orders about limits need: the store, and the hint that brokers look anew. */
@Injectable()
export class LimitDesk implements LimitPorts {
  constructor(
    private readonly services: ServiceClient,
    @Inject(LIMIT_STORE) readonly limits: LimitStore,
  ) {}

  readonly changed = (): void => this.services.hint(subjects.hintLimits, {});
}
