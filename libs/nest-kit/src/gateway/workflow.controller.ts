import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ServiceClient, ServiceSilent } from '#adapter-nats';
import {
  subjects,
  WorkflowId,
  type WorkflowPage,
  WorkflowQuery,
  type WorkflowView,
  type WorkflowWhy,
} from '#contracts';
import { explainWorkflow, type ReadStore, type ShareBooks, type WaitReadStore } from '#engine';
import { queryAs } from '../http/json-body.js';
import { refusals } from '../http/refusal.js';
import { pageCursor } from './page-cursor.js';
import { workflowConditions } from './query-desk.js';
import { READ_STORE, SHARE_ADMIN, WAIT_STORE } from './stores.js';
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
    @Inject(READ_STORE) private readonly store: ReadStore,
    @Inject(WAIT_STORE) private readonly waits: WaitReadStore,
    @Inject(SHARE_ADMIN) private readonly shares: ShareBooks,
  ) {}

  @Get()
  async list(@Query() query: unknown): Promise<WorkflowPage> {
    const asked = queryAs(WorkflowQuery, query);
    pageCursor.checkWorkflow(asked.cursor);
    const workflows = await this.store.workflowPage({ ...asked, conditions: workflowConditions(asked.query) });
    return { workflows, next: workflows.length < asked.limit ? null : (workflows.at(-1)?.id ?? null) };
  }

  @Get(':selector')
  async show(@Param('selector') selector: string): Promise<WorkflowView> {
    const view = (await this.byId(selector)) ?? (await this.askMonitor((await this.finder.find(selector)).id));
    if (!view) throw noWorkflow(selector);
    return view;
  }

  @Get(':selector/why')
  async why(@Param('selector') selector: string): Promise<WorkflowWhy> {
    const { id } = await this.finder.find(selector);
    const why = await explainWorkflow({ reads: this.store, waits: this.waits, shares: this.shares }, id);
    if (!why) throw noWorkflow(selector);
    return why;
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
