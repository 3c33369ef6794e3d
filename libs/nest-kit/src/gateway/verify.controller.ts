import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject, Logger, Param, Req, Res } from '@nestjs/common';
import type { InvariantVerdict } from '#contracts';
import { verifyBooks, type Verified, type VerifyStore } from '#engine';
import { type Access, Asker } from '../http/access.js';
import { answerLines } from '../http/answer-lines.js';
import { Allows, systemAdministrators, whoMay } from '../http/policies.js';
import { VERIFY_STORE } from './stores.js';
import { WorkflowFinder } from './workflow-finder.js';

/** Whether the books are right. */
@Controller('api/v1')
export class VerifyController {
  private readonly logger = new Logger('verify');

  constructor(
    private readonly finder: WorkflowFinder,
    @Inject(VERIFY_STORE) private readonly store: VerifyStore,
  ) {}

  @Get('verify')
  @Allows(systemAdministrators)
  all(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    return this.answer(request, response, null);
  }

  @Get('workflows/:selector/verify')
  @Allows(whoMay('read', 'workflow'))
  async workflow(
    @Param('selector') selector: string,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Asker() asker: Access,
  ): Promise<void> {
    const { workflowNo } = await this.finder.find(selector, asker);
    return this.answer(request, response, workflowNo);
  }

  private answer(request: IncomingMessage, response: ServerResponse, only: string | null): Promise<void> {
    const cut = (fault: Error): void => this.logger.error('a verification was cut', fault);
    return answerLines({ request, response }, linesOf(verifyBooks(this.store, only)), cut);
  }
}

async function* linesOf(all: AsyncIterable<Verified>): AsyncGenerator<string> {
  for await (const one of all) yield `${JSON.stringify(verdictOf(one))}\n`;
}

const verdictOf = ({ invariant, verdict, broken, rows }: Verified): InvariantVerdict => ({
  invariant: invariant.id,
  says: invariant.says,
  ...{ verdict, broken, rows },
  left: invariant.left,
});
