import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject, Logger, Param, Query, Req, Res } from '@nestjs/common';
import { DocumentQuery } from '#contracts';
import { type DocumentStore, exportDocument } from '#engine';
import { type Access, Asker } from '../http/access.js';
import { answerLines } from '../http/answer-lines.js';
import { queryAs } from '../http/json-body.js';
import { Allows, whoMay } from '../http/policies.js';
import { refusals } from '../http/refusal.js';
import { DOCUMENT_STORE } from './stores.js';
import { WorkflowFinder } from './workflow-finder.js';

/** Gives documents back. */
@Allows(whoMay('read', 'workflow'))
@Controller('api/v1/workflows/:selector/document')
export class DocumentController {
  private readonly logger = new Logger('document');

  constructor(
    private readonly finder: WorkflowFinder,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
  ) {}

  @Get()
  async give(
    @Param('selector') selector: string,
    @Query() query: unknown,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Asker() asker: Access,
  ): Promise<void> {
    const { observed } = queryAs(DocumentQuery, query);
    const { workflowNo, id } = await this.finder.findKept(selector, asker);
    const pieces = await exportDocument(this.store, { workflowNo, observed });
    if (pieces === null) throw notKept(id);
    await answerLines({ request, response }, pieces, (fault) => this.logger.error(`document of ${id} was cut`, fault));
  }
}

const notKept = (id: string): Error =>
  refusals.conflict(
    'document/not-kept',
    `the document of ${id} was not kept: it was submitted to an older version`,
    'its jobs are still there: `sluice jobs`',
  );
