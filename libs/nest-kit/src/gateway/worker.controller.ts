import type { IncomingMessage } from 'node:http';
import { Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import {
  SiteOrder,
  type WorkerAnswer,
  type WorkerPage,
  WorkerQuery,
  WorkerState,
  workerStatesOpen,
  type WorkerView,
} from '#contracts';
import { orderWorker } from '#engine';
import { type Access, Asker } from '../http/access.js';
import { orderedBy } from '../http/caller-of.js';
import { jsonTextIfAny, queryAs, readJsonAs } from '../http/json-body.js';
import { Allows, anyMember, theSite } from '../http/policies.js';
import { type Refusal, refusals } from '../http/refusal.js';
import { OnceByKey } from './once-by-key.js';
import { SiteDesk } from './site-desk.js';

/** Workers, as people see them; what they call themselves is behind the worker door. */
@Allows(anyMember)
@Controller('api/v1/workers')
export class WorkerController {
  constructor(private readonly desk: SiteDesk) {}

  @Get()
  async list(@Query() query: unknown): Promise<WorkerPage> {
    const { site = null, state, limit, cursor = '0' } = queryAs(WorkerQuery, query);
    if (!isSession(cursor)) throw refusals.badRequest('query/cursor', `no cursor of a page of workers: ${cursor}`);
    const states = state ?? workerStatesOpen;
    const workers = await this.desk.sites.workers({ sites: site, states, sessions: null, after: cursor, rows: limit });
    return { workers, next: workers.length < limit ? null : (workers.at(-1)?.session ?? null) };
  }

  @Get(':session')
  async show(@Param('session') session: string): Promise<WorkerView> {
    const selection = { sites: null, states: WorkerState.options, after: '0', rows: 1 };
    const [worker] = isSession(session) ? await this.desk.sites.workers({ ...selection, sessions: [session] }) : [];
    if (!worker) throw noWorker(session);
    return worker;
  }

  @OnceByKey()
  @Post(':session/drain')
  @HttpCode(200)
  @Allows(theSite)
  drain(
    @Param('session') session: string,
    @Req() request: IncomingMessage,
    @Asker() asker: Access,
  ): Promise<WorkerAnswer> {
    return this.order(asker, { session, verb: 'drain', request });
  }

  @OnceByKey()
  @Post(':session/stop')
  @HttpCode(200)
  @Allows(theSite)
  stop(
    @Param('session') session: string,
    @Req() request: IncomingMessage,
    @Asker() asker: Access,
  ): Promise<WorkerAnswer> {
    return this.order(asker, { session, verb: 'stop', request });
  }

  private async order(
    asker: Access,
    { session, verb, request }: { session: string; verb: 'drain' | 'stop'; request: IncomingMessage },
  ): Promise<WorkerAnswer> {
    const { note = '', by: said, dryRun = false } = readJsonAs(SiteOrder, await jsonTextIfAny(request));
    const { site } = await this.show(session);
    asker.judge({ site }, () => noWorker(session));
    const by = orderedBy(asker.caller, said) ?? '';
    const answer = await orderWorker(this.desk, { session, verb, note, by, dryRun });
    if (!answer) throw noWorker(session);
    if (workerStatesOpen.includes(answer.worker.state)) return answer;
    throw refusals.conflict('worker/over', `worker ${session} is over: ${answer.worker.state}`);
  }
}

const isSession = (text: string): boolean => /^\d{1,18}$/.test(text);

const noWorker = (session: string): Refusal =>
  refusals.notFound(
    `no worker has session ${JSON.stringify(session.slice(0, 200))}`,
    '`sluice worker ls` lists those that are there',
  );
