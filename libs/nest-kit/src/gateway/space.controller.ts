import type { IncomingMessage } from 'node:http';
import { Controller, Get, HttpCode, Inject, Param, Post, Put, Query, Req } from '@nestjs/common';
import {
  type GrantAnswer,
  type GrantList,
  GrantRemove,
  GrantRequest,
  type SpaceAnswer,
  SpaceName,
  type SpacePage,
  SpaceQuery,
  SpaceRequest,
  type SpaceView,
  WholePageQuery,
} from '#contracts';
import { everySpace, type Grant, prefixesNest, prefixFault, type Role, roleIn } from '#core';
import { capRunningCores, type SpaceStore, type StoredSpace } from '#engine';
import { type Access, Asker } from '../http/access.js';
import { shownCaller } from '../http/caller-of.js';
import { GrantBook } from '../http/grant-book.js';
import { jsonText, queryAs, readJsonAs } from '../http/json-body.js';
import { Allows, anyCaller, systemAdministrators, whoMay } from '../http/policies.js';
import { Refusal } from '../http/refusal.js';
import { noSpace } from '../http/request.guard.js';
import { LimitDesk } from './limit-desk.js';
import { OnceByKey } from './once-by-key.js';
import { pageCursor, placeParts } from './page-cursor.js';
import { SPACE_STORE } from './stores.js';

/** Spaces: where a group's workflows live, and who may do what there. */
@Controller('api/v1/spaces')
export class SpaceController {
  constructor(
    private readonly book: GrantBook,
    private readonly limits: LimitDesk,
    @Inject(SPACE_STORE) private readonly spaces: SpaceStore,
  ) {}

  @Get()
  @Allows(anyCaller)
  async list(@Query() query: unknown, @Asker() asker: Access): Promise<SpacePage> {
    const { limit, cursor } = queryAs(SpaceQuery, query);
    const [after = null] = pageCursor.read('spaces', [placeParts.name], cursor) ?? [];
    const found = await this.spaces.list({ visible: asker.visible, after, rows: limit });
    const last = found.length < limit ? undefined : found.at(-1);
    const next = last ? pageCursor.write('spaces', [last.name]) : null;
    return { spaces: found.map((space) => viewOf(space, asker)), next };
  }

  @Get(':space')
  @Allows(whoMay('read', 'address'))
  async show(@Param('space') name: string, @Asker() asker: Access): Promise<SpaceView> {
    const space = await this.spaces.read(name);
    if (!space) throw noSpace(name);
    return viewOf(space, asker);
  }

  @Put(':space')
  @Allows(systemAdministrators)
  async set(
    @Param('space') name: string,
    @Req() request: IncomingMessage,
    @Asker() asker: Access,
  ): Promise<SpaceAnswer> {
    const { outputPrefix, quotas = {}, dryRun = false } = readJsonAs(SpaceRequest, await jsonText(request));
    const known = SpaceName.safeParse(name).success || (await this.spaces.read(name)) !== null;
    if (!known) throw badName();
    if (typeof outputPrefix === 'string') await this.checkPrefix(name, outputPrefix);
    const { runningCores, ...others } = quotas;
    const { created, space } = await this.spaces.write(name, { outputPrefix, ...others }, { dryRun });
    this.book.forget();
    if (runningCores === undefined) return { created, dryRun, space: viewOf(space, asker) };
    await capRunningCores(this.limits, { limit: { kind: 'space', name }, cores: runningCores, dryRun });
    const capped = { ...space, quotas: { ...space.quotas, runningCores } };
    return { created, dryRun, space: viewOf(capped, asker) };
  }

  @Get(':space/grants')
  @Allows(whoMay('administer', 'address'))
  async grants(@Param('space') space: string, @Query() query: unknown): Promise<GrantList> {
    const { limit, cursor } = queryAs(WholePageQuery, query);
    const after = holderIn(cursor);
    await this.checkThere(space);
    const grants = await this.spaces.grantsOf(space, { after, rows: limit });
    const last = grants.length < limit ? undefined : grants.at(-1);
    return { space, grants, next: last ? pageCursor.write('grants', [last.issuer, last.holder, last.name]) : null };
  }

  @Put(':space/grants')
  @Allows(whoMay('administer', 'address'))
  async grant(
    @Param('space') space: string,
    @Req() request: IncomingMessage,
    @Asker() { caller }: Access,
  ): Promise<GrantAnswer> {
    const { dryRun = false, role, ...holder } = readJsonAs(GrantRequest, await jsonText(request));
    const before = await this.spaces.grant({ space, role, ...holder }, shownCaller(caller), { dryRun });
    if (before === undefined) throw noSpace(space);
    this.book.forget();
    return { space, ...holder, before, after: role, dryRun };
  }

  @OnceByKey()
  @Post(':space/grants/remove')
  @HttpCode(200)
  @Allows(whoMay('administer', 'address'))
  async revoke(@Param('space') space: string, @Req() request: IncomingMessage): Promise<GrantAnswer> {
    const { dryRun = false, ...holder } = readJsonAs(GrantRemove, await jsonText(request));
    await this.checkThere(space);
    const before: Role | null = await this.spaces.revoke({ space, ...holder }, { dryRun });
    this.book.forget();
    return { space, ...holder, before, after: null, dryRun };
  }

  /** Who may write below one prefix could put another, below it, somewhere else. */
  private async checkPrefix(name: string, prefix: string): Promise<void> {
    const why = prefixFault(prefix);
    if (why !== null) throw badPrefix(`${JSON.stringify(prefix)} ${why}`);
    const nested = (await this.spaces.outputPrefixes()).find(
      (other) => other.space !== name && prefixesNest(other.prefix, prefix),
    );
    if (nested) throw badPrefix(`${prefix} and ${nested.prefix} of ${nested.space} lie one below the other`);
  }

  private async checkThere(space: string): Promise<void> {
    if (space !== everySpace && !(await this.spaces.read(space))) throw noSpace(space);
  }
}

function holderIn(cursor: string | undefined): Pick<Grant, 'issuer' | 'holder' | 'name'> | null {
  const parts = [placeParts.name, /^(?:subject|group)$/, placeParts.name];
  const [issuer = '', holder, name = ''] = pageCursor.read('grants', parts, cursor) ?? [];
  return holder === undefined ? null : { issuer, holder: holder === 'group' ? 'group' : 'subject', name };
}

const viewOf = (space: StoredSpace, { rights }: Access): SpaceView => ({ ...space, role: roleIn(rights, space.name) });

const badPrefix = (detail: string): Refusal =>
  new Refusal({
    status: 422,
    code: 'space/output-prefix',
    title: 'The outputs of a space cannot lie there',
    detail,
    remedy: 'an absolute path such as /data/dp2, or scheme://authority/path; no other space has one above or below it',
  });

const badName = (): Refusal =>
  new Refusal({
    status: 422,
    code: 'space/name',
    title: 'A space cannot be called so',
    detail: 'the name of a space is at most 100 letters, digits and . _ / -, the first a letter or a digit',
  });
