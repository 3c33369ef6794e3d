import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ServiceClient, ServiceSilent } from '#adapter-nats';
import type { VisibleSpaces } from '#core';
import {
  subjects,
  WorkflowId,
  type WorkflowPage,
  WorkflowQuery,
  type WorkflowView,
  type WorkflowWhy,
} from '#contracts';
import { explainWorkflow, type ReadStore, type ShareBooks, type WaitReadStore } from '#engine';
import { type Access, Asker } from '../http/access.js';
import { queryAs } from '../http/json-body.js';
import { Allows, whoMay, whoSeesIt } from '../http/policies.js';
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

@Allows(whoMay('read', 'workflow'))
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
  @Allows(whoSeesIt)
  async list(@Query() query: unknown, @Asker() { visible }: Access): Promise<WorkflowPage> {
    const asked = queryAs(WorkflowQuery, query);
    pageCursor.checkWorkflow(asked.cursor);
    const workflows = await this.store.workflowPage({
      ...asked,
      conditions: workflowConditions(asked.query),
      visible,
    });
    return { workflows, next: workflows.length < asked.limit ? null : (workflows.at(-1)?.id ?? null) };
  }

  @Get(':selector')
  async show(@Param('selector') selector: string, @Asker() asker: Access): Promise<WorkflowView> {
    const view =
      (await this.byId(selector, asker)) ??
      (await this.askMonitor((await this.finder.find(selector, asker)).id, asker));
    if (!view) throw noWorkflow(selector);
    return view;
  }

  @Get(':selector/why')
  async why(@Param('selector') selector: string, @Asker() asker: Access): Promise<WorkflowWhy> {
    const { id } = await this.finder.find(selector, asker);
    const why = await explainWorkflow(
      { reads: this.store, waits: this.waits, shares: this.shares },
      { id, visible: asker.visible },
    );
    if (!why) throw noWorkflow(selector);
    return why;
  }

  /** Who watches asks by the whole id: then nothing has to be found first. */
  private async byId(selector: string, asker: Access): Promise<WorkflowView | null> {
    return WorkflowId.safeParse(selector).success ? this.askMonitor(selector, asker) : null;
  }

  private async askMonitor(workflow: string, { visible }: Access): Promise<WorkflowView | null> {
    try {
      const answer = await this.services.request<MonitorAnswer>(subjects.monitorShow, { workflow, visible }, monitorMs);
      return answer.view && isVisible(answer.view, visible) ? answer.view : null;
    } catch (cause) {
      if (!(cause instanceof ServiceSilent)) throw cause;
      throw refusals.unavailable(`the monitor did not answer within ${monitorMs / 1_000} s: is it running?`);
    }
  }
}

/** A monitor of the version before answers whatever it is asked. */
const isVisible = ({ workflow: { space } }: WorkflowView, visible: VisibleSpaces): boolean =>
  visible === null || visible.includes(space);
