import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ErrorQuery, type ErrorGroups, jobFilterOf } from '#contracts';
import { type ArchivedWorkflow, type FailureStore, listErrorGroups, type WorkflowRef } from '#engine';
import { type Access, Asker } from '../http/access.js';
import { queryAs } from '../http/json-body.js';
import { Allows, whoMay } from '../http/policies.js';
import { type AskedJobs, QueryDesk } from './query-desk.js';
import { FAILURE_STORE } from './stores.js';
import { isArchived, WorkflowFinder } from './workflow-finder.js';

@Allows(whoMay('read', 'workflow'))
@Controller('api/v1/workflows/:selector/errors')
export class ErrorController {
  constructor(
    private readonly finder: WorkflowFinder,
    private readonly queries: QueryDesk,
    @Inject(FAILURE_STORE) private readonly store: FailureStore,
  ) {}

  @Get()
  async list(
    @Param('selector') selector: string,
    @Query() query: unknown,
    @Asker() asker: Access,
  ): Promise<ErrorGroups> {
    const asked = queryAs(ErrorQuery, query);
    const workflow = await this.finder.find(selector, asker);
    const given = { ...jobFilterOf(asked), query: asked.query };
    const archived = await this.finder.archived(workflow);
    if (archived) return keptGroups(workflow, archived, { given, limit: asked.limit });
    const filter = await this.queries.failedFilterOf(workflow, given);
    return listErrorGroups(this.store, { ...filter, workflowNo: workflow.workflowNo, groupsMax: asked.limit });
  }
}

/** The groups as they were when it was archived. @throws Refusal 410 for some of them: which jobs are meant is not known */
function keptGroups(
  workflow: WorkflowRef,
  archived: ArchivedWorkflow,
  { given, limit }: { given: AskedJobs; limit: number },
): ErrorGroups {
  if (Object.values(given).some((condition) => condition !== undefined)) throw isArchived(workflow, archived);
  const { errors } = archived;
  return { ...errors, groups: errors.groups.slice(0, limit) };
}
