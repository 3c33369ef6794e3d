import type { IncomingMessage } from 'node:http';
import { Controller, Delete, Get, Inject, Param, Put, Query, Req } from '@nestjs/common';
import { ServiceClient } from '#adapter-nats';
import { type LimitAnswer, type LimitList, LimitRef, LimitRemoveQuery, LimitRequest, subjects } from '#contracts';
import { type LimitName, type LimitPorts, type LimitStore, removeLimit, setLimit } from '#engine';
import { type Access, Asker } from '../http/access.js';
import { jsonText, queryAs, readJsonAs } from '../http/json-body.js';
import { Allows, systemAdministrators, whoSeesIt } from '../http/policies.js';
import { refusals } from '../http/refusal.js';
import { LIMIT_STORE } from './stores.js';

/** Limits: how much may be with workers at once. */
@Allows(systemAdministrators)
@Controller('api/v1/limits')
export class LimitController {
  private readonly ports: LimitPorts;

  constructor(services: ServiceClient, @Inject(LIMIT_STORE) limits: LimitStore) {
    this.ports = { limits, changed: () => services.hint(subjects.hintLimits, {}) };
  }

  @Get()
  @Allows(whoSeesIt)
  async list(@Asker() { visible, caller }: Access): Promise<LimitList> {
    return { limits: await this.ports.limits.list({ visible, subject: caller.subject }) };
  }

  @Put(':kind/:name')
  async set(@Param() at: unknown, @Req() request: IncomingMessage): Promise<LimitAnswer> {
    const limit = limitOf(at);
    const { dryRun = false, ...given } = readJsonAs(LimitRequest, await jsonText(request));
    return setLimit(this.ports, { limit, given, dryRun });
  }

  @Delete(':kind/:name')
  async remove(@Param() at: unknown, @Query() query: unknown): Promise<LimitAnswer> {
    const limit = limitOf(at);
    const dryRun = queryAs(LimitRemoveQuery, query).dryRun === 'true';
    const answer = await removeLimit(this.ports, { limit, dryRun });
    if (answer) return answer;
    throw refusals.notFound(`no limit ${limit.kind}:${JSON.stringify(limit.name.slice(0, 200))}`);
  }
}

function limitOf(at: unknown): LimitName {
  const read = LimitRef.safeParse(at);
  if (read.success) return read.data;
  const detail =
    'a limit is named by its kind (named, site, space or user) and a name of 1 to 4,000 visible characters';
  throw refusals.badRequest('limit/name', detail);
}
