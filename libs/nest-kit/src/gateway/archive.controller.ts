import type { IncomingMessage } from 'node:http';
import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { type ArchiveAnswer, type ArchivePage, ArchiveQuery, OrderRequest } from '#contracts';
import { type KeepStore, orderArchive } from '#engine';
import { type Access, Asker } from '../http/access.js';
import { jsonTextIfAny, queryAs, readJsonAs } from '../http/json-body.js';
import { Allows, whoMay, whoSeesIt } from '../http/policies.js';
import { refusals } from '../http/refusal.js';
import { OnceByKey } from './once-by-key.js';
import { KEEP_STORE } from './stores.js';
import { noWorkflow, WorkflowFinder } from './workflow-finder.js';

/** The archive by hand: what could go and what is gone, and what is to go now. */
@Controller('api/v1')
export class ArchiveController {
  constructor(
    @Inject(KEEP_STORE) private readonly keeps: KeepStore,
    private readonly finder: WorkflowFinder,
  ) {}

  @Get('archive')
  @Allows(whoSeesIt)
  async list(@Query() query: unknown, @Asker() { visible }: Access): Promise<ArchivePage> {
    const { archived, limit, cursor = '0' } = queryAs(ArchiveQuery, query);
    if (!/^\d{1,18}$/.test(cursor))
      throw refusals.badRequest('query/cursor', 'the cursor is not one that a page of this list gave');
    const lines = await this.keeps.list({ archived: archived === 'true', after: cursor, rows: limit, visible });
    const next = lines.length < limit ? null : (lines.at(-1)?.workflowNo ?? null);
    return { workflows: lines.map(({ view }) => view), next };
  }

  @OnceByKey()
  @Post('workflows/:selector/archive')
  @HttpCode(200)
  @Allows(whoMay('administer', 'workflow'))
  async order(
    @Param('selector') selector: string,
    @Req() request: IncomingMessage,
    @Asker() asker: Access,
  ): Promise<ArchiveAnswer> {
    const { dryRun = false } = readJsonAs(OrderRequest.strict(), await jsonTextIfAny(request));
    const workflow = await this.finder.find(selector, asker);
    const outcome = await orderArchive(this.keeps, workflow, { dryRun });
    switch (outcome.kind) {
      case 'ordered':
        return outcome.answer;
      case 'unknown':
        throw noWorkflow(selector);
      case 'open':
        throw refusals.conflict(
          'workflow/open',
          `${workflow.id} has not ended: it is ${outcome.state}`,
          `wait for it, or \`sluice cancel ${workflow.id}\``,
        );
      case 'no-document':
        throw refusals.conflict(
          'workflow/no-document',
          `${workflow.id} was submitted before documents were kept: it can't be archived, and stays`,
        );
    }
  }
}
