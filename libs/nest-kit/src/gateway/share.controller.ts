import type { IncomingMessage } from 'node:http';
import { Controller, Get, Headers, HttpCode, Inject, Post, Put, Query, Req } from '@nestjs/common';
import { ServiceClient } from '#adapter-nats';
import {
  ShareQuery,
  ShareRemove,
  SharesApply,
  subjects,
  UseReport,
  type ShareList,
  type SharesChanged,
  type UseReported,
} from '#contracts';
import { changeShares, listShares, removeShare, reportUse, type ShareAdmin } from '#engine';
import { type Access, Asker } from '../http/access.js';
import { jsonText, queryAs, readJsonAs } from '../http/json-body.js';
import { Allows, systemAdministrators, theSite, whoSeesIt } from '../http/policies.js';
import { refusals, type Refusal } from '../http/refusal.js';
import { callerKey } from './idempotency-key.js';
import { OnceByKey } from './once-by-key.js';
import { pageCursor, placeParts } from './page-cursor.js';
import { SHARE_ADMIN } from './stores.js';

/** Most bytes of an order about shares. */
const orderBytesMax = 4 * 1024 * 1024;

/** The tree of shares: who is promised what, and who got what. */
@Allows(systemAdministrators)
@Controller('api/v1/shares')
export class ShareController {
  constructor(
    private readonly services: ServiceClient,
    @Inject(SHARE_ADMIN) private readonly shares: ShareAdmin,
  ) {}

  @Get()
  @Allows(whoSeesIt)
  async list(@Query() query: unknown, @Asker() { visible }: Access): Promise<ShareList> {
    const { under = null, limit, cursor } = queryAs(ShareQuery, query);
    const [after = null] = pageCursor.read('shares', [placeParts.name], cursor) ?? [];
    const page = await listShares(this.shares, { under, visible, after, rows: limit });
    const last = page.shares.length < limit ? undefined : page.shares.at(-1);
    return { ...page, next: last ? pageCursor.write('shares', [last.path]) : null };
  }

  @Put()
  async apply(@Req() request: IncomingMessage): Promise<SharesChanged> {
    const { dryRun = false, ...file } = readJsonAs(SharesApply, await jsonText(request, orderBytesMax));
    const outcome = await changeShares(this.shares, { ...file, dryRun });
    if (outcome.kind === 'twice') throw namedTwice(outcome.names);
    this.tellBrokers(outcome.changed.length > 0 && !dryRun);
    return { dryRun, changed: outcome.changed };
  }

  @OnceByKey()
  @Post('remove')
  @HttpCode(200)
  async remove(@Req() request: IncomingMessage): Promise<SharesChanged> {
    const { path, dryRun = false } = readJsonAs(ShareRemove, await jsonText(request));
    const outcome = await removeShare(this.shares, path, { dryRun });
    if (outcome.kind === 'unknown') throw noShare([path]);
    if (outcome.kind === 'in use') throw inUse(path, outcome);
    this.tellBrokers(!dryRun);
    return { dryRun, changed: outcome.changed };
  }

  @OnceByKey()
  @Post('use')
  @HttpCode(200)
  @Allows(theSite)
  async report(
    @Req() request: IncomingMessage,
    @Asker() asker: Access,
    @Headers('idempotency-key') key?: string,
  ): Promise<UseReported> {
    const given = readJsonAs(UseReport, await jsonText(request, orderBytesMax));
    asker.judge({ site: given.site }, () => refusals.notFound(`no site ${JSON.stringify(given.site)}`));
    // Carried out twice, since a gateway died in between, it is counted once.
    const report = { ...given, report: given.report ?? (key === undefined ? key : callerKey(asker.caller, key)) };
    const outcome = await reportUse(this.shares, report);
    if (outcome.kind === 'unknown') throw noShare(outcome.paths);
    const { dryRun = false } = report;
    this.tellBrokers(outcome.counted && !dryRun);
    return { dryRun, counted: outcome.counted, coreHours: outcome.coreHours };
  }

  /** Of a hint that is lost brokers find out with their next reading, seconds later. */
  private tellBrokers(isChanged: boolean): void {
    if (isChanged) this.services.hint(subjects.hintShares, {});
  }
}

const namedTwice = (names: string[]): Refusal =>
  refusals.shape(
    names.map((name) => ({ pointer: '/shares', code: 'named-twice', message: `'${name}' is named twice` })),
  );

function noShare(paths: string[]): Refusal {
  const shown = paths.slice(0, 5).join(', ');
  const rest = paths.length > 5 ? ` and ${paths.length - 5} more` : '';
  return refusals.notFound(
    `no share ${shown}${rest}`,
    '`sluice share ls` lists them, `sluice share set PATH` makes one',
  );
}

function inUse(path: string, { shares, workflows }: { shares: number; workflows: number }): Refusal {
  const what = shares > 0 ? `${shares} shares are below it` : `${workflows} workflows belong to it`;
  return refusals.conflict('share/in-use', `${path} stays: ${what}`, 'a weight of 0.001 gives it next to nothing');
}
