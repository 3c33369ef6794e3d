import { Controller, Get, Inject } from '@nestjs/common';
import type { NatsConnection } from '#adapter-nats';
import { type Database, ping } from '#adapter-postgres';
import { Allows, anybody } from '../http/policies.js';
import { refusals } from '../http/refusal.js';
import { FREE_DATABASE } from '../service/database.module.js';
import { NATS } from '../service/nats.module.js';

/** Longest that PostgreSQL and NATS may take to answer a readiness check. */
const readyMs = 2_000;

/** For orchestrators: `live` is this process alone, `ready` what it needs too. */
@Allows(anybody)
@Controller('health')
export class HealthController {
  constructor(
    @Inject(FREE_DATABASE) private readonly database: Database,
    @Inject(NATS) private readonly nats: NatsConnection,
  ) {}

  @Get('live')
  live(): { status: string } {
    return { status: 'live' };
  }

  @Get('ready')
  async ready(): Promise<{ status: string }> {
    const silent = [
      ...((await answers(ping(this.database))) ? [] : ['PostgreSQL']),
      ...((await answers(this.nats.flush())) ? [] : ['NATS']),
    ];
    if (silent.length > 0) throw refusals.unavailable(`no answer from ${silent.join(' and ')}`);
    return { status: 'ready' };
  }
}

async function answers(question: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, readyMs, false)));
  try {
    return await Promise.race([question.then(() => true), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
