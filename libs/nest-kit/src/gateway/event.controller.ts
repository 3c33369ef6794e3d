import type { ServerResponse } from 'node:http';
import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { EventQuery } from '#contracts';
import { type EventPosition, type EventStore, eventsFrom, pageEvents } from '#engine';
import { type Access, Asker } from '../http/access.js';
import { answerWhole } from '../http/answer-whole.js';
import { queryAs } from '../http/json-body.js';
import { Allows, whoSeesIt } from '../http/policies.js';
import { refusals } from '../http/refusal.js';
import { eventCursor, instantOf } from './event-cursor.js';
import { EVENT_STORE } from './stores.js';
import { WorkflowFinder } from './workflow-finder.js';

@Allows(whoSeesIt)
@Controller('api/v1/events')
export class EventController {
  constructor(
    private readonly finder: WorkflowFinder,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  @Get()
  async list(@Query() query: unknown, @Res() response: ServerResponse, @Asker() asker: Access): Promise<void> {
    const { workflow, from, type, limit } = queryAs(EventQuery, query);
    const workflowNo = workflow === undefined ? null : (await this.finder.find(workflow, asker)).workflowNo;
    const position = await this.positionOf(workflowNo, from);
    const page = await pageEvents(this.store, {
      ...{ workflowNo, from: position, types: type, limit },
      visible: asker.visible,
    });
    const next = JSON.stringify(eventCursor.write(workflowNo, page.next));
    const body = `{"events":[${page.events.join(',')}],"next":${next},"more":${page.more}}`;
    await answerWhole(response, { status: 200, body });
  }

  private positionOf(workflowNo: string | null, from: string | undefined): Promise<EventPosition> | EventPosition {
    if (from === undefined) return eventsFrom(this.store, { workflowNo, time: null });
    const position = eventCursor.read(workflowNo, from);
    if (position) return position;
    const time = timeShape.test(from) ? instantOf(from) : null;
    if (time === null) throw neither;
    return eventsFrom(this.store, { workflowNo, time });
  }
}

/** RFC 3339; the day alone and the seconds left out are fine too. */
const timeShape = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

const neither = refusals.badRequest(
  'query/cursor',
  'from: neither a time such as 2026-11-22T12:00:00Z nor a cursor that a page of these events gave',
);
