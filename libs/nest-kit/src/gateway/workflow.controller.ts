import type { IncomingMessage } from 'node:http';
import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ServiceClient, ServiceSilent } from '#adapter-nats';
import {
  type CancelAnswer,
  type RetryAnswer,
  RetryRequest,
  subjects,
  workflowEnds,
  WorkflowId,
  type WorkflowPage,
  WorkflowQuery,
  type WorkflowView,
} from '#contracts';
import { type OrderStore, type ReadStore, requestCancel, requestRetry } from '#engine';
import { jsonText, queryAs, readJsonAs } from '../http/json-body.js';
import { Refusal, refusals } from '../http/refusal.js';
import { OrderDesk } from './order-desk.js';
import { pageCursor } from './page-cursor.js';
import { ORDER_STORE, READ_STORE } from './stores.js';
import { noWorkflow, WorkflowFinder } from './workflow-finder.js';

/** Longest wait for the monitor's answer. */
const monitorMs = 2_000;

interface MonitorAnswer {
  view: WorkflowView | null;
}

@Controller('api/v1/workflows')
export class WorkflowController {
  constructor(
    private readonly finder: WorkflowFinder,
    private readonly services: ServiceClient,
    private readonly orders: OrderDesk,
    @Inject(READ_STORE) private readonly store: ReadStore,
    @Inject(ORDER_STORE) private readonly orderStore: OrderStore,
  ) {}

  @Get()
  async list(@Query() query: unknown): Promise<WorkflowPage> {
    const asked = queryAs(WorkflowQuery, query);
    pageCursor.checkWorkflow(asked.cursor);
    const workflows = await this.store.workflowPage(asked);
    return { workflows, next: workflows.length < asked.limit ? null : (workflows.at(-1)?.id ?? null) };
  }

  @Get(':selector')
  async show(@Param('selector') selector: string): Promise<WorkflowView> {
    const view = (await this.byId(selector)) ?? (await this.askMonitor((await this.finder.find(selector)).id));
    if (!view) throw noWorkflow(selector);
    return view;
  }

  @Post(':selector/cancel')
  @HttpCode(200)
  async cancel(@Param('selector') selector: string): Promise<CancelAnswer> {
    const { workflowNo, id } = await this.finder.find(selector);
    const state = await requestCancel(this.orders.ports(this.orderStore), workflowNo);
    if (state === null) throw noWorkflow(selector);
    if (workflowEnds.includes(state) && state !== 'cancelled') {
      throw refusals.conflict('workflow/ended', `${id} has ended: ${state}. There is nothing left to cancel`);
    }
    return { workflow: id, state };
  }

  @Post(':selector/retry')
  @HttpCode(200)
  async retry(@Param('selector') selector: string, @Req() request: IncomingMessage): Promise<RetryAnswer> {
    const { workflowNo, id } = await this.finder.find(selector);
    const retry = readJsonAs(RetryRequest.strict(), await jsonText(request));
    const outcome = await requestRetry(this.orders.ports(this.orderStore), { workflowNo, request: retry });
    if (outcome.kind === 'unknown') throw noWorkflow(selector);
    if (outcome.kind === 'pending') throw stillPending(id);
    if ('refused' in outcome.result) throw refusedRetry(id, outcome.result.refused);
    return outcome.result;
  }

  /** Who watches asks by the whole id: then nothing has to be found first. */
  private async byId(selector: string): Promise<WorkflowView | null> {
    return WorkflowId.safeParse(selector).success ? this.askMonitor(selector) : null;
  }

  private async askMonitor(workflow: string): Promise<WorkflowView | null> {
    try {
      const answer = await this.services.request<MonitorAnswer>(subjects.monitorShow, { workflow }, monitorMs);
      return answer.view;
    } catch (cause) {
      if (!(cause instanceof ServiceSilent)) throw cause;
      throw refusals.unavailable(`the monitor did not answer within ${monitorMs / 1_000} s: is it running?`);
    }
  }
}

const refusedRetry = (id: string, why: 'not-ended' | 'nothing-matched'): Refusal =>
  why === 'not-ended'
    ? refusals.conflict('workflow/not-ended', `${id} has not ended`, 'wait for its end, or cancel it first')
    : refusals.conflict(
        'retry/nothing-matched',
        `no failed job of ${id} is chosen`,
        'name other labels, reasons or jobs',
      );

const stillPending = (id: string): Refusal =>
  new Refusal({
    status: 504,
    code: 'retry/pending',
    title: 'Not carried out yet',
    detail: `the retry of ${id} is ordered; no transformer has carried it out within 30 s`,
    remedy: `it stands: do not order it again, look at the workflow with \`sluice show ${id}\``,
  });
