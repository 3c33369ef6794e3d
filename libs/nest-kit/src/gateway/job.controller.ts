import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject, Logger, Param, Query, Req, Res } from '@nestjs/common';
import { AttemptQuery, type JobAttempts, jobFilterOf, type JobPage, JobQuery, type WhyView } from '#contracts';
import {
  explainJob,
  type FailureStore,
  type JobStep,
  listAttempts,
  type LogPorts,
  type ReadStore,
  type ShareBooks,
  type WaitReadStore,
} from '#engine';
import { type Access, Asker } from '../http/access.js';
import { answerLines } from '../http/answer-lines.js';
import { answerWhole } from '../http/answer-whole.js';
import { queryAs } from '../http/json-body.js';
import { Allows, whoMay } from '../http/policies.js';
import { refusals } from '../http/refusal.js';
import { pageCursor } from './page-cursor.js';
import { QueryDesk } from './query-desk.js';
import { FAILURE_STORE, LOG_PORTS, READ_STORE, SHARE_ADMIN, WAIT_STORE } from './stores.js';
import { WorkflowFinder } from './workflow-finder.js';

/** Jobs read in one step of a stream: each step is a short statement of its own. */
const stepRows = 5_000;

@Allows(whoMay('read', 'workflow'))
@Controller('api/v1/workflows/:selector/jobs')
export class JobController {
  private readonly logger = new Logger('jobs');

  constructor(
    private readonly finder: WorkflowFinder,
    private readonly queries: QueryDesk,
    @Inject(READ_STORE) private readonly store: ReadStore,
    @Inject(FAILURE_STORE) private readonly failures: FailureStore,
    @Inject(WAIT_STORE) private readonly waits: WaitReadStore,
    @Inject(SHARE_ADMIN) private readonly shares: ShareBooks,
    @Inject(LOG_PORTS) private readonly logs: LogPorts | null,
  ) {}

  @Get()
  async list(
    @Param('selector') selector: string,
    @Query() query: unknown,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Asker() asker: Access,
  ): Promise<void> {
    const asked = queryAs(JobQuery, query);
    const after = pageCursor.readOrdinal(asked.cursor);
    const workflow = await this.finder.findKept(selector, asker);
    const filter = await this.queries.filterOf(workflow, { ...jobFilterOf(asked), query: asked.query });
    const selection = { ...filter, workflowNo: workflow.workflowNo };
    if (request.headers.accept?.includes('application/x-ndjson')) {
      const cut = (fault: Error): void => this.logger.error('a stream of jobs was cut', fault);
      await answerLines({ request, response }, this.lines({ ...selection, after }), cut);
      return;
    }
    const jobs = await this.store.jobs({ ...selection, after, rows: asked.limit });
    const last = jobs.length < asked.limit ? undefined : jobs.at(-1);
    const page: JobPage = { jobs, next: last ? String(last.ordinal) : null };
    await answerWhole(response, { status: 200, body: JSON.stringify(page) });
  }

  @Get(':job/why')
  async why(
    @Param('selector') selector: string,
    @Param('job') named: string,
    @Asker() asker: Access,
  ): Promise<WhyView> {
    const { workflowNo, id } = await this.finder.findKept(selector, asker);
    const why = await explainJob(
      { reads: this.store, failures: this.failures, waits: this.waits, shares: this.shares },
      { workflowNo, named, visible: asker.visible },
    );
    if (why) return why;
    throw noJob(id, named);
  }

  @Get(':job/attempts')
  async attempts(
    @Param('selector') selector: string,
    @Param('job') named: string,
    @Asker() asker: Access,
    @Query() query: unknown,
  ): Promise<JobAttempts> {
    const { limit: rows, cursor } = queryAs(AttemptQuery, query);
    const before = cursor === undefined ? cursor : pageCursor.readOrdinal(cursor);
    const workflow = await this.finder.findKept(selector, asker);
    const stores = { reads: this.store, failures: this.failures, logs: this.logs?.logs ?? null };
    const attempts = await listAttempts(stores, workflow, named, { before, rows });
    if (attempts) return attempts;
    throw noJob(workflow.id, named);
  }

  /** A block of lines for each step. */
  private async *lines(step: Omit<JobStep, 'rows'>): AsyncGenerator<string> {
    for (let after = step.after; ;) {
      const jobs = await this.store.jobs({ ...step, after, rows: stepRows });
      const last = jobs.at(-1);
      if (!last) return;
      yield jobs.map((job) => `${JSON.stringify(job)}\n`).join('');
      if (jobs.length < stepRows) return;
      after = last.ordinal;
    }
  }
}

const noJob = (id: string, named: string): Error =>
  refusals.notFound(`${id} has no job "${named.slice(0, 200)}"`, 'name it by ordinal, name or label/name');
