import type { IncomingMessage } from 'node:http';
import { Controller, Get, Inject, Param, Put, Req } from '@nestjs/common';
import { type QuotaList, QuotaRef, QuotaRequest, type QuotaView } from '#contracts';
import { localIssuer } from '#core';
import type { QuotaStore } from '#engine';
import { jsonText, readJsonAs } from '../http/json-body.js';
import { Allows, systemAdministrators } from '../http/policies.js';
import { refusals } from '../http/refusal.js';
import { QUOTA_STORE } from './stores.js';

/** What spaces and users may keep and have open. */
@Allows(systemAdministrators)
@Controller('api/v1/quotas')
export class QuotaController {
  constructor(@Inject(QUOTA_STORE) private readonly quotas: QuotaStore) {}

  @Get()
  async list(): Promise<QuotaList> {
    return { quotas: await this.quotas.list() };
  }

  @Put('user/:name')
  async set(@Param() at: unknown, @Req() request: IncomingMessage): Promise<QuotaView> {
    const whose = QuotaRef.safeParse(at);
    if (!whose.success)
      throw refusals.badRequest(
        'quota/name',
        'a user has a name of 1 to 4,000 visible characters; a space has its own route',
      );
    const { issuer = localIssuer, ...caps } = readJsonAs(QuotaRequest, await jsonText(request));
    return this.quotas.set({ kind: 'user', name: whose.data.name, issuer }, caps);
  }
}
