import type { IncomingMessage } from 'node:http';
import { Controller, Get, Inject, Param, Put, Query, Req } from '@nestjs/common';
import { QuotaKind, type QuotaList, QuotaRef, QuotaRequest, type QuotaView, WholePageQuery } from '#contracts';
import { localIssuer, ownerName } from '#core';
import { capRunningCores, type QuotaPlace, type QuotaStore } from '#engine';
import { jsonText, queryAs, readJsonAs } from '../http/json-body.js';
import { Allows, systemAdministrators } from '../http/policies.js';
import { refusals } from '../http/refusal.js';
import { LimitDesk } from './limit-desk.js';
import { pageCursor, placeParts } from './page-cursor.js';
import { QUOTA_STORE } from './stores.js';

/** What spaces and users may keep and have open. */
@Allows(systemAdministrators)
@Controller('api/v1/quotas')
export class QuotaController {
  constructor(
    private readonly limits: LimitDesk,
    @Inject(QUOTA_STORE) private readonly quotas: QuotaStore,
  ) {}

  @Get()
  async list(@Query() query: unknown): Promise<QuotaList> {
    const { limit, cursor } = queryAs(WholePageQuery, query);
    const quotas = await this.quotas.page({ after: placeIn(cursor), rows: limit });
    const last = quotas.length < limit ? undefined : quotas.at(-1);
    return { quotas, next: last ? pageCursor.write('quotas', [last.kind, last.name, last.issuer]) : null };
  }

  @Put('user/:name')
  async set(@Param() at: unknown, @Req() request: IncomingMessage): Promise<QuotaView> {
    const whose = QuotaRef.safeParse(at);
    if (!whose.success)
      throw refusals.badRequest(
        'quota/name',
        'a user has a name of 1 to 4,000 visible characters; a space has its own route',
      );
    const { issuer = localIssuer, capRunningCores: cores, ...caps } = readJsonAs(QuotaRequest, await jsonText(request));
    const { name } = whose.data;
    if (cores !== undefined) {
      const limit = { kind: 'user', name: ownerName({ issuer, subject: name }) } as const;
      await capRunningCores(this.limits, { limit, cores, dryRun: false });
    }
    return this.quotas.set({ kind: 'user', name, issuer }, caps);
  }
}

function placeIn(cursor: string | undefined): QuotaPlace | null {
  const parts = [/^(?:space|user)$/, placeParts.name, placeParts.name];
  const [kind, name = '', issuer = ''] = pageCursor.read('quotas', parts, cursor) ?? [];
  return kind === undefined ? null : { kind: QuotaKind.parse(kind), name, issuer };
}
