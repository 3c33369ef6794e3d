import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ErrorQuery, type ErrorGroups, jobFilterOf } from '#contracts';
import { type FailureStore, listErrorGroups } from '#engine';
import { queryAs } from '../http/json-body.js';
import { FAILURE_STORE } from './stores.js';
import { WorkflowFinder } from './workflow-finder.js';

@Controller('api/v1/workflows/:selector/errors')
export class ErrorController {
  constructor(
    private readonly finder: WorkflowFinder,
    @Inject(FAILURE_STORE) private readonly store: FailureStore,
  ) {}

  @Get()
  async list(@Param('selector') selector: string, @Query() query: unknown): Promise<ErrorGroups> {
    const asked = queryAs(ErrorQuery, query);
    const { workflowNo } = await this.finder.find(selector);
    return listErrorGroups(this.store, { ...jobFilterOf(asked), workflowNo, groupsMax: asked.limit });
  }
}
