import type { IncomingMessage } from 'node:http';
import { Controller, Headers, HttpCode, Param, Post, Req } from '@nestjs/common';
import {
  type CancelAnswer,
  CancelRequest,
  type PauseAnswer,
  PauseRequest,
  ResumeRequest,
  type RetryAnswer,
  RetryRequest,
  workflowEnds,
} from '#contracts';
import {
  type PauseOutcome,
  requestCancel,
  requestCancelJobs,
  requestPause,
  requestPauseJobs,
  requestResume,
  requestResumeJobs,
  requestRetry,
  type WorkflowRef,
} from '#engine';
import { type Access, Asker } from '../http/access.js';
import { callerOf, orderedBy } from '../http/caller-of.js';
import { jsonText, jsonTextIfAny, readJsonAs } from '../http/json-body.js';
import { Allows, whoMay } from '../http/policies.js';
import { type Refusal, refusals } from '../http/refusal.js';
import { callerKey, readIdempotencyKey } from './idempotency-key.js';
import { OnceByKey } from './once-by-key.js';
import { OrderDesk } from './order-desk.js';
import { QueryDesk } from './query-desk.js';
import { refusedRetry } from './refused-retry.js';
import { noWorkflow, WorkflowFinder } from './workflow-finder.js';

/** Orders of users: what changes a workflow that runs or has ended. */
@Allows(whoMay('operate', 'workflow'))
@Controller('api/v1/workflows')
export class OrderController {
  constructor(
    private readonly finder: WorkflowFinder,
    private readonly desk: OrderDesk,
    private readonly queries: QueryDesk,
  ) {}

  @OnceByKey()
  @Post(':selector/cancel')
  @HttpCode(200)
  async cancel(
    @Param('selector') selector: string,
    @Req() request: IncomingMessage,
    @Asker() asker: Access,
  ): Promise<CancelAnswer> {
    const { dryRun = false, ...conditions } = readJsonAs(CancelRequest.strict(), await jsonTextIfAny(request));
    const workflow = await this.finder.find(selector, asker);
    const outcome = isNone(conditions)
      ? await requestCancel(this.desk, workflow.workflowNo, { dryRun })
      : await requestCancelJobs(this.desk, workflow.workflowNo, {
          dryRun,
          filter: await this.queries.filterOf(workflow, conditions),
        });
    if (!outcome) throw noWorkflow(selector);
    const { state } = outcome;
    if (workflowEnds.includes(state) && state !== 'cancelled') throw ended(workflow, state, 'cancel');
    return outcome.answer;
  }

  @OnceByKey()
  @Post(':selector/pause')
  @HttpCode(200)
  async pause(
    @Param('selector') selector: string,
    @Req() request: IncomingMessage,
    @Asker() asker: Access,
  ): Promise<PauseAnswer> {
    const { dryRun = false, by: said, ...conditions } = readJsonAs(PauseRequest.strict(), await jsonTextIfAny(request));
    const by = orderedBy(asker.caller, said);
    const workflow = await this.finder.find(selector, asker);
    const { labels, ...others } = conditions;
    const outcome = isNone(others)
      ? await requestPause(this.desk, workflow.workflowNo, { dryRun, labels, by })
      : await requestPauseJobs(this.desk, workflow.workflowNo, {
          ...{ dryRun, by },
          filter: await this.queries.filterOf(workflow, conditions),
        });
    if (!outcome) throw noWorkflow(selector);
    return allowed(outcome, workflow, 'pause');
  }

  @OnceByKey()
  @Post(':selector/resume')
  @HttpCode(200)
  async resume(
    @Param('selector') selector: string,
    @Req() request: IncomingMessage,
    @Asker() asker: Access,
  ): Promise<PauseAnswer> {
    const {
      dryRun = false,
      all = false,
      by: said,
      ...conditions
    } = readJsonAs(ResumeRequest.strict(), await jsonTextIfAny(request));
    const by = orderedBy(asker.caller, said);
    if (all && !isNone(conditions)) throw refusals.badRequest('resume/all', '`all` stands alone: without a condition');
    const workflow = await this.finder.find(selector, asker);
    const { labels, ...others } = conditions;
    const outcome = isNone(others)
      ? await requestResume(this.desk, workflow.workflowNo, { dryRun, labels, all, by })
      : await requestResumeJobs(this.desk, workflow.workflowNo, {
          ...{ dryRun, by },
          filter: await this.queries.filterOf(workflow, conditions),
        });
    if (!outcome) throw noWorkflow(selector);
    return allowed(outcome, workflow, 'resume');
  }

  @Post(':selector/retry')
  @HttpCode(200)
  async retry(
    @Param('selector') selector: string,
    @Req() request: IncomingMessage,
    @Asker() asker: Access,
    @Headers('idempotency-key') given?: string,
  ): Promise<RetryAnswer> {
    const read = readIdempotencyKey(given);
    const key = read === null ? null : callerKey(callerOf(request), read);
    const workflow = await this.finder.findKept(selector, asker);
    const { memory, dryRun, ...conditions } = readJsonAs(RetryRequest.strict(), await jsonText(request));
    const filter = await this.queries.failedFilterOf(workflow, conditions);
    const { workflowNo, id } = workflow;
    const outcome = await requestRetry(this.desk, { workflowNo, request: { ...filter, memory, dryRun }, key });
    if (outcome.kind === 'done') return { workflow: id, ...outcome.answer };
    throw outcome.kind === 'unknown' ? noWorkflow(selector) : refusedRetry(id, outcome);
  }
}

const isNone = (conditions: object): boolean => Object.values(conditions).every((condition) => condition === undefined);

/** @throws Refusal 409 where there is nothing to pause or to resume any more */
function allowed(outcome: PauseOutcome, { id }: WorkflowRef, verb: 'pause' | 'resume'): PauseAnswer {
  const [unknown] = outcome.unknownLabels;
  if (unknown !== undefined) throw refusals.notFound(`${id} has no label ${JSON.stringify(unknown.slice(0, 200))}`);
  if (workflowEnds.includes(outcome.state)) throw ended({ id }, outcome.state, verb);
  if (outcome.cancelRequested) {
    throw refusals.conflict('workflow/cancelling', `${id} is being cancelled. There is nothing left to ${verb}`);
  }
  return outcome.answer;
}

const ended = ({ id }: Pick<WorkflowRef, 'id'>, state: string, verb: string): Refusal =>
  refusals.conflict('workflow/ended', `${id} has ended: ${state}. There is nothing left to ${verb}`);
