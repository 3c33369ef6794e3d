import type { IncomingMessage } from 'node:http';
import { Controller, Delete, Get, Param, Put, Query, Req } from '@nestjs/common';
import {
  type LimitAnswer,
  LimitKind,
  type LimitList,
  LimitRef,
  LimitRemoveQuery,
  LimitRequest,
  WholePageQuery,
} from '#contracts';
import { ownerName } from '#core';
import { type LimitName, type LimitPlace, removeLimit, setLimit } from '#engine';
import { type Access, Asker } from '../http/access.js';
import { jsonText, queryAs, readJsonAs } from '../http/json-body.js';
import { Allows, systemAdministrators, whoSeesIt } from '../http/policies.js';
import { type Refusal, refusals } from '../http/refusal.js';
import { pageCursor, placeParts } from './page-cursor.js';
import { LimitDesk } from './limit-desk.js';

/** Limits: how much may be with workers at once. */
@Allows(systemAdministrators)
@Controller('api/v1/limits')
export class LimitController {
  constructor(private readonly ports: LimitDesk) {}

  @Get()
  @Allows(whoSeesIt)
  async list(@Query() query: unknown, @Asker() { visible, caller }: Access): Promise<LimitList> {
    const { limit, cursor } = queryAs(WholePageQuery, query);
    const asked = { visible, subject: ownerName(caller), after: placeIn(cursor), rows: limit };
    const { limits, last } = await this.ports.limits.page(asked);
    return { limits, next: last && pageCursor.write('limits', [last.kind, last.name, String(last.id)]) };
  }

  @Put(':kind/:name')
  async set(@Param() at: unknown, @Req() request: IncomingMessage): Promise<LimitAnswer> {
    const limit = limitOf(at);
    const { dryRun = false, ...given } = readJsonAs(LimitRequest, await jsonText(request));
    // Made by an upload whose policy has one: here it is only changed.
    if (limit.kind === 'workflow' && !(await this.ports.limits.read(limit))) throw noLimit(limit);
    return setLimit(this.ports, { limit, given, dryRun });
  }

  @Delete(':kind/:name')
  async remove(@Param() at: unknown, @Query() query: unknown): Promise<LimitAnswer> {
    const limit = limitOf(at);
    const dryRun = queryAs(LimitRemoveQuery, query).dryRun === 'true';
    const answer = await removeLimit(this.ports, { limit, dryRun });
    if (answer) return answer;
    throw noLimit(limit);
  }
}

function placeIn(cursor: string | undefined): LimitPlace | null {
  const parts = [/^(?:named|site|space|user|workflow)$/, placeParts.name, placeParts.whole];
  const [kind, name = '', id] = pageCursor.read('limits', parts, cursor) ?? [];
  return kind === undefined ? null : { kind: LimitKind.parse(kind), name, id: Number(id) };
}

const noLimit = ({ kind, name }: LimitName): Refusal =>
  refusals.notFound(`no limit ${kind}:${JSON.stringify(name.slice(0, 200))}`, '`sluice limit ls` lists them');

function limitOf(at: unknown): LimitName {
  const read = LimitRef.safeParse(at);
  if (read.success) return read.data;
  const detail =
    'a limit is named by its kind (named, site, space, user or workflow) and a name of 1 to 4,000 visible characters';
  throw refusals.badRequest('limit/name', detail);
}
