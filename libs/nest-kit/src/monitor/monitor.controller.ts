import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { readingAbout, readingFor } from '#adapter-postgres';
import type { VisibleSpaces } from '#core';
import { subjects, type WorkflowView } from '#contracts';
import { type ReadStore, showWorkflow } from '#engine';
import { EventWatch } from './event-watch.js';
import { MONITOR_READ_STORE } from './monitor-read-store.js';

/** Answers what gateways ask about workflows. */
@Controller()
export class MonitorController {
  constructor(
    @Inject(MONITOR_READ_STORE) private readonly store: ReadStore,
    private readonly watch: EventWatch,
  ) {}

  @MessagePattern(subjects.monitorShow, Transport.NATS, { queue: 'monitor' })
  async show(
    @Payload() { workflow, visible = null }: { workflow: string; visible?: VisibleSpaces },
  ): Promise<{ view: WorkflowView | null }> {
    const rateOf = (id: string): number | null => this.watch.rateOf(id);
    const view = await readingFor(visible, () => {
      readingAbout(workflow);
      return showWorkflow({ store: this.store, rateOf }, { id: workflow, visible });
    });
    return { view };
  }
}
