import type { IncomingMessage } from 'node:http';
import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import type { StreamPublisher } from '#adapter-nats';
import {
  type DeadLetterContent,
  type DeadLetterPage,
  DeadLetterQuery,
  type DeadLettersAnswer,
  DeadLettersRequest,
  subjects,
} from '#contracts';
import { type DeadLetterStore, dropLetters, requeueLetters } from '#engine';
import { jsonText, queryAs, readJsonAs } from '../http/json-body.js';
import { Allows, systemAdministrators } from '../http/policies.js';
import { type Refusal, refusals } from '../http/refusal.js';
import { OnceByKey } from './once-by-key.js';
import { DEAD_LETTERS, TERMINAL_PUBLISHER } from './stores.js';

/** Messages that could not be applied: an operator looks at them, puts them back or drops them. */
@Allows(systemAdministrators)
@Controller('api/v1/dead-letters')
export class DeadLetterController {
  constructor(
    @Inject(DEAD_LETTERS) private readonly letters: DeadLetterStore,
    @Inject(TERMINAL_PUBLISHER) private readonly publisher: StreamPublisher,
  ) {}

  @Get()
  async list(@Query() query: unknown): Promise<DeadLetterPage> {
    const { limit, cursor = '0' } = queryAs(DeadLetterQuery, query);
    if (!isId(cursor)) throw refusals.badRequest('query/cursor', 'the cursor is not one that a page of this list gave');
    const letters = await this.letters.page({ after: cursor, rows: limit });
    const next = letters.length < limit ? null : (letters.at(-1)?.id ?? null);
    return { letters, next, ...(await this.letters.count()) };
  }

  @Get(':id')
  async show(@Param('id') id: string): Promise<DeadLetterContent> {
    const found = isId(id) ? await this.letters.read(id) : null;
    if (!found) throw noLetter(id);
    const body = Buffer.from(found.body);
    const text = body.toString('utf8');
    return { ...found.view, body: text, faithful: body.equals(Buffer.from(text)) };
  }

  @OnceByKey()
  @Post('requeue')
  @HttpCode(200)
  async requeue(@Req() request: IncomingMessage): Promise<DeadLettersAnswer> {
    const asked = readJsonAs(DeadLettersRequest, await jsonText(request));
    const { letters, publisher } = this;
    return requeueLetters(
      { letters, send: ({ id, partition, body }) => publisher.publishLetter(subjects.terminal(partition), body, id) },
      asked,
    );
  }

  @OnceByKey()
  @Post('drop')
  @HttpCode(200)
  async drop(@Req() request: IncomingMessage): Promise<DeadLettersAnswer> {
    return dropLetters(this.letters, readJsonAs(DeadLettersRequest, await jsonText(request)));
  }
}

const isId = (text: string): boolean => /^\d{1,18}$/.test(text);

const noLetter = (id: string): Refusal =>
  refusals.notFound(
    `no dead letter ${JSON.stringify(id.slice(0, 200))}`,
    '`sluice admin dead-letters` lists those that are there',
  );
