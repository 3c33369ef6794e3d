import { Inject, Injectable } from '@nestjs/common';
import {
  bothFilters,
  errorGroupsMax,
  type JobFilter,
  type QueryFault,
  readJobQuery,
  readWorkflowQuery,
  type WorkflowConditions,
} from '#contracts';
import {
  type FailureStore,
  filterOfNames,
  listErrorGroups,
  type NamedJobFilter,
  type ReadStore,
  type WorkflowRef,
} from '#engine';
import { Refusal, refusals } from '../http/refusal.js';
import { noJob } from './refused-retry.js';
import { FAILURE_STORE, READ_STORE } from './stores.js';

/** Conditions as a request gives them: field by field, in the query language, or both. */
export type AskedJobs = NamedJobFilter & { query?: string | undefined };

/** What queries mean: jobs and error groups of one workflow by their names, and which workflows. */
@Injectable()
export class QueryDesk {
  constructor(
    @Inject(READ_STORE) private readonly reads: ReadStore,
    @Inject(FAILURE_STORE) private readonly failures: FailureStore,
  ) {}

  /**
   * The filter of a request, everything in it by number.
   * @throws Refusal 400 for a query that cannot be read, 404 for a job or an error group that is not there
   */
  async filterOf(workflow: WorkflowRef, asked: AskedJobs): Promise<JobFilter> {
    const named = await filterOfNames(this.reads, workflow.workflowNo, await this.conditionsOf(workflow, asked));
    if ('missing' in named) throw noJob(workflow.id, named.missing);
    return named.filter;
  }

  /** The same of failed jobs, whose state needs no condition. @throws also Refusal 400 for any other state */
  async failedFilterOf(workflow: WorkflowRef, asked: AskedJobs): Promise<JobFilter> {
    const { states, except = [], ...filter } = await this.filterOf(workflow, asked);
    const isFailed = states === undefined || states.includes('failed') !== except.includes('states');
    if (!isFailed) throw refusals.badRequest('query/value', 'only failed jobs are meant here: leave the state out');
    const others = except.filter((condition) => condition !== 'states');
    return { ...filter, ...(others.length > 0 && { except: others }) };
  }

  /** The conditions of a request and of its query as one, jobs by their names. */
  private async conditionsOf(workflow: WorkflowRef, { query, ...given }: AskedJobs): Promise<NamedJobFilter> {
    if (query === undefined) return given;
    const read = readJobQuery(query);
    if ('fault' in read) throw badQuery(read.fault);
    const { groups, ...asked } = read.filter;
    const fingerprints = groups && (await this.fingerprintsOf(workflow, groups));
    return bothFilters<NamedJobFilter>(given, { ...asked, ...(fingerprints && { fingerprints }) });
  }

  private async fingerprintsOf({ workflowNo, id }: WorkflowRef, named: readonly string[]): Promise<string[]> {
    if (named.every(isFingerprint)) return [...named];
    const { found } = await listErrorGroups(this.failures, { workflowNo, groupsMax: errorGroupsMax });
    return named.map((name) => {
      const fingerprint = isFingerprint(name) ? name : found.groups.find((group) => group.name === name)?.fingerprint;
      if (fingerprint === undefined)
        throw refusals.notFound(`${id} has no error group ${name}`, '`sluice errors` lists them');
      return fingerprint;
    });
  }
}

const isFingerprint = (name: string): boolean => /^[0-9a-f]{16}$/.test(name);

/** Which workflows a query means; null: there is none. @throws Refusal 400 for one that cannot be read */
export function workflowConditions(query: string | undefined): WorkflowConditions | null {
  if (query === undefined) return null;
  const read = readWorkflowQuery(query);
  if ('fault' in read) throw badQuery(read.fault);
  return read.conditions;
}

function badQuery({ code, at, message, remedy }: QueryFault): Refusal {
  const detail = `the query is wrong at character ${at}: ${message}`;
  const errors = [{ pointer: '/query', code, message: `at character ${at}: ${message}`, remedy }];
  return new Refusal({ status: 400, code: `query/${code}`, title: 'Bad query', detail, remedy, errors });
}
