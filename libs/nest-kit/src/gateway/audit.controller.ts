import { Controller, Get, Inject, Query } from '@nestjs/common';
import { type AuditPage, AuditQuery } from '#contracts';
import type { AuditLog } from '#engine';
import { queryAs } from '../http/json-body.js';
import { Allows, systemAdministrators } from '../http/policies.js';
import { refusals } from '../http/refusal.js';
import { instantOf } from './event-cursor.js';
import { AUDIT_LOG } from './stores.js';

/** Who ordered what. */
@Allows(systemAdministrators)
@Controller('api/v1/audit')
export class AuditController {
  constructor(@Inject(AUDIT_LOG) private readonly audit: AuditLog) {}

  @Get()
  async list(@Query() query: unknown): Promise<AuditPage> {
    const { limit, cursor, since, until, ...conditions } = queryAs(AuditQuery, query);
    if (cursor !== undefined && !/^\d{1,18}$/.test(cursor))
      throw refusals.badRequest('query/cursor', 'the cursor is not one that a page of this list gave');
    const times = { since: momentOf('since', since), until: momentOf('until', until) };
    const entries = await this.audit.page({ before: cursor ?? null, rows: limit, ...conditions, ...times });
    return { entries, next: entries.length < limit ? null : (entries.at(-1)?.id ?? null) };
  }
}

/** @throws Refusal 400 for a time of no year from 1 to 9999 */
function momentOf(name: string, text: string | undefined): string | undefined {
  const moment = text === undefined ? undefined : instantOf(text);
  if (moment === null)
    throw refusals.badRequest('query/invalid', `the query is wrong: ${name}: no time of the years 1 to 9999`);
  return moment;
}
