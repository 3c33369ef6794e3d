import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ErrorQuery, type ErrorGroups, jobFilterOf } from '#contracts';
import { type ArchivedWorkflow, type FailureStore, type GroupPlace, listErrorGroups, type WorkflowRef } from '#engine';
import { type Access, Asker } from '../http/access.js';
import { queryAs } from '../http/json-body.js';
import { Allows, whoMay } from '../http/policies.js';
import { pageCursor, placeParts } from './page-cursor.js';
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
    const after = placeIn(asked.cursor);
    const workflow = await this.finder.find(selector, asker);
    const given = { ...jobFilterOf(asked), query: asked.query };
    const archived = await this.finder.archived(workflow);
    if (archived) return keptGroups(workflow, archived, { given, after, limit: asked.limit });
    const filter = await this.queries.failedFilterOf(workflow, given);
    const { workflowNo } = workflow;
    const { found, last } = await listErrorGroups(this.store, { ...filter, workflowNo, groupsMax: asked.limit, after });
    return { ...found, next: last && cursorOf(last) };
  }
}

/** The groups as they were when it was archived. @throws Refusal 410 for some of them: which jobs are meant is not known */
function keptGroups(
  workflow: WorkflowRef,
  archived: ArchivedWorkflow,
  { given, after, limit }: { given: AskedJobs; after: GroupPlace | null; limit: number },
): ErrorGroups {
  if (Object.values(given).some((condition) => condition !== undefined)) throw isArchived(workflow, archived);
  const { errors } = archived;
  const from = after ? errors.groups.findIndex(({ fingerprint }) => fingerprint === after.fingerprint) + 1 : 0;
  const groups = errors.groups.slice(from, from + limit);
  const last = from + limit < errors.groups.length ? groups.at(-1) : undefined;
  return { ...errors, groups, next: last ? cursorOf({ ...last, every: last.jobs }) : null };
}

const cursorOf = ({ jobs, every, fingerprint }: GroupPlace): string =>
  pageCursor.write('errors', [String(jobs), String(every), fingerprint]);

function placeIn(cursor: string | undefined): GroupPlace | null {
  const place = pageCursor.read('errors', [placeParts.whole, placeParts.whole, /^[0-9a-f]{16}$/], cursor);
  const [jobs, every, fingerprint = ''] = place ?? [];
  return place && { jobs: Number(jobs), every: Number(every), fingerprint };
}
