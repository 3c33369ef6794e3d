import type { IncomingMessage } from 'node:http';
import { Controller, Delete, Get, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { type TokenMade, type TokenPage, TokenQuery, TokenRequest, type TokenView } from '#contracts';
import { newTokenOf, type TokenOwner, type TokenStore } from '#engine';
import { type Access, Asker } from '../http/access.js';
import { jsonText, queryAs, readJsonAs } from '../http/json-body.js';
import { Allows, anyCaller } from '../http/policies.js';
import { refusals } from '../http/refusal.js';
import { digestOfToken, makeTokenText } from './token-text.js';

/** Injects the TokenStore of the gateway. */
export const TOKEN_STORE = Symbol('TokenStore');

const idShape = /^\d{1,18}$/;

/** Tokens that Sluice hands out: everybody's own, and all of them for who administers the system. */
@Allows(anyCaller)
@Controller('api/v1/tokens')
export class TokenController {
  constructor(@Inject(TOKEN_STORE) private readonly tokens: TokenStore) {}

  @Post()
  async make(@Req() request: IncomingMessage, @Asker() { caller, rights }: Access): Promise<TokenMade> {
    if (caller.restricted !== null) throw refusals.forbidden('a token makes no tokens: log in yourself');
    const asked = readJsonAs(TokenRequest, await jsonText(request));
    if (asked.kind !== 'service' && !rights.system) {
      throw refusals.forbidden(`tokens of a ${asked.kind} are made by who administers the system`);
    }
    const token = makeTokenText(asked.kind);
    return { token, view: await this.tokens.add(newTokenOf(caller, asked, digestOfToken(token))) };
  }

  @Get()
  async list(@Query() query: unknown, @Asker() access: Access): Promise<TokenPage> {
    const { limit, cursor = '0', all, everybody } = queryAs(TokenQuery, query);
    if (!idShape.test(cursor)) throw refusals.badRequest('query/cursor', 'no page of this list gave this cursor');
    if (everybody === 'true' && !access.rights.system) {
      throw refusals.forbidden("everybody's tokens are listed for who administers the system");
    }
    const owner = everybody === 'true' ? null : access.caller;
    const tokens = await this.tokens.list({ after: cursor, rows: limit, owner, all: all === 'true' });
    return { tokens, next: tokens.length < limit ? null : (tokens.at(-1)?.id ?? null) };
  }

  @Delete(':id')
  async revoke(@Param('id') id: string, @Asker() { caller, rights }: Access): Promise<TokenView> {
    if (caller.restricted !== null) throw refusals.forbidden('a token revokes no tokens: log in yourself');
    const owner: TokenOwner | null = rights.system ? null : caller;
    const by = caller.name ?? caller.subject;
    const view = idShape.test(id) ? await this.tokens.revoke(id, { owner, by }) : null;
    if (view) return view;
    throw refusals.notFound(`no token ${JSON.stringify(id.slice(0, 40))}`, '`sluice token ls` lists yours');
  }
}
