import type { IncomingMessage } from 'node:http';
import { Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Req } from '@nestjs/common';
import {
  type SiteAnswer,
  SiteChange,
  type SiteChanged,
  type SiteList,
  SiteName,
  SiteOrder,
  SiteRemoveQuery,
  type SiteRemoved,
  type SitesApplied,
  SitesApply,
  type SiteState,
  type SiteView,
  WholePageQuery,
} from '#contracts';
import { changeSites, givenSettings, namedTwice, type SitesOrder, type SitesOutcome } from '#engine';
import { type Access, Asker } from '../http/access.js';
import { orderedBy } from '../http/caller-of.js';
import { jsonText, jsonTextIfAny, queryAs, readJsonAs } from '../http/json-body.js';
import { Allows, anyCaller, systemAdministrators, theSite } from '../http/policies.js';
import { Refusal, refusals } from '../http/refusal.js';
import { OnceByKey } from './once-by-key.js';
import { pageCursor, placeParts } from './page-cursor.js';
import { SiteDesk } from './site-desk.js';

/** A file of many sites is longer than other bodies. */
const fileBytesMax = 8 * 1024 * 1024;

type Done = Extract<SitesOutcome, { kind: 'done' }>;

/** Sites: what holds there, and orders about them. */
@Allows(systemAdministrators)
@Controller('api/v1/sites')
export class SiteController {
  constructor(private readonly desk: SiteDesk) {}

  @Get()
  @Allows(anyCaller)
  async list(@Query() query: unknown): Promise<SiteList> {
    const { limit, cursor } = queryAs(WholePageQuery, query);
    const [after = null] = pageCursor.read('sites', [placeParts.name], cursor) ?? [];
    const sites = await this.desk.sites.page({ after, rows: limit });
    const last = sites.length < limit ? undefined : sites.at(-1);
    return { sites, next: last ? pageCursor.write('sites', [last.name]) : null };
  }

  @Put()
  async apply(@Req() request: IncomingMessage, @Asker() { caller }: Access): Promise<SitesApplied> {
    const { sites, dryRun = false, by, ...order } = readJsonAs(SitesApply, await jsonText(request, fileBytesMax));
    const twice = namedTwice(sites);
    if (twice.length > 0) throw badSites(twice.map((name) => `site ${JSON.stringify(name)} stands twice`));
    const asked = sites.map((entry) => ({ name: entry.name, given: givenSettings(entry) }));
    const { changed } = await this.carryOut({
      ...order,
      by: orderedBy(caller, by),
      ...{ sites: asked, mode: 'replace', how: 'hand', dryRun },
    });
    return { dryRun, sites: changed };
  }

  @Get(':name')
  @Allows(anyCaller)
  async show(@Param('name') name: string): Promise<SiteView> {
    const [site] = await this.desk.sites.list([name]);
    if (!site) throw noSite([name]);
    return site;
  }

  @Put(':name')
  async replace(
    @Param('name') name: string,
    @Req() request: IncomingMessage,
    @Asker() asker: Access,
  ): Promise<SiteAnswer> {
    return this.change(asker, { name, mode: 'replace', change: readJsonAs(SiteChange, await jsonText(request)) });
  }

  @Patch(':name')
  async amend(
    @Param('name') name: string,
    @Req() request: IncomingMessage,
    @Asker() asker: Access,
  ): Promise<SiteAnswer> {
    return this.change(asker, { name, mode: 'change', change: readJsonAs(SiteChange, await jsonText(request)) });
  }

  @Delete(':name')
  async remove(@Param('name') name: string, @Query() query: unknown): Promise<SiteRemoved> {
    const dryRun = queryAs(SiteRemoveQuery, query).dryRun === 'true';
    if (await this.desk.sites.remove(name, { dryRun })) return { name, dryRun };
    const { workers } = await this.show(name);
    const detail = `site ${JSON.stringify(name)} has ${workers} workers`;
    throw refusals.conflict('site/has-workers', detail, 'stop it, end its workers, and remove it then');
  }

  @OnceByKey()
  @Post(':name/open')
  @HttpCode(200)
  @Allows(theSite)
  open(@Param('name') name: string, @Req() request: IncomingMessage, @Asker() asker: Access): Promise<SiteAnswer> {
    return this.order(asker, { name, state: 'open', request });
  }

  @OnceByKey()
  @Post(':name/drain')
  @HttpCode(200)
  @Allows(theSite)
  drain(@Param('name') name: string, @Req() request: IncomingMessage, @Asker() asker: Access): Promise<SiteAnswer> {
    return this.order(asker, { name, state: 'draining', request });
  }

  @OnceByKey()
  @Post(':name/stop')
  @HttpCode(200)
  @Allows(theSite)
  stop(@Param('name') name: string, @Req() request: IncomingMessage, @Asker() asker: Access): Promise<SiteAnswer> {
    return this.order(asker, { name, state: 'stopped', request });
  }

  private async order(
    asker: Access,
    { name, state, request }: { name: string; state: SiteState; request: IncomingMessage },
  ): Promise<SiteAnswer> {
    asker.judge({ site: name }, () => noSite([name]));
    const order = readJsonAs(SiteOrder, await jsonTextIfAny(request));
    return this.change(asker, { name, mode: 'change', change: { ...order, state } });
  }

  private async change(
    { caller }: Access,
    { name, mode, change }: { name: string; mode: SitesOrder['mode']; change: SiteChange },
  ): Promise<SiteAnswer> {
    if (!SiteName.safeParse(name).success) throw badSites(['a site has a name of 1 to 200 visible characters']);
    const { note, dryRun = false } = change;
    const by = orderedBy(caller, change.by);
    const sites = [{ name, given: givenSettings(change) }];
    const { changed, views } = await this.carryOut({ sites, mode, how: 'hand', note, by, dryRun });
    return { ...(changed[0] as SiteChanged), dryRun, site: views[0] as SiteView };
  }

  private async carryOut(order: SitesOrder): Promise<Done> {
    const outcome = await changeSites(this.desk, order);
    if (outcome.kind === 'unknown') throw noSite(outcome.names);
    if (outcome.kind === 'bad') throw badSites(outcome.faults.map(({ message }) => message));
    return outcome;
  }
}

const noSite = (names: readonly string[]): Refusal =>
  refusals.notFound(
    `no site ${names.map((name) => JSON.stringify(name.slice(0, 200))).join(', ')}`,
    'sites appear with their first worker; `sluice site set NAME --new` makes one before that',
  );

const badSites = (messages: readonly string[]): Refusal =>
  new Refusal({
    status: 422,
    code: 'site/invalid',
    title: 'A site cannot be so',
    detail: messages.join('; '),
    remedy: 'mend it and send it again; nothing was changed',
  });
