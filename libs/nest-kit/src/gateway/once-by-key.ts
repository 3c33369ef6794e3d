import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { firstValueFrom, from, map, type Observable } from 'rxjs';
import { answerOnce, type AnswerPorts, type KeptAnswerStore, type KeyedOrder } from '#engine';
import { callerOf } from '../http/caller-of.js';
import { keepBody } from '../http/read-body.js';
import { Refusal } from '../http/refusal.js';
import { callerKey, readIdempotencyKey } from './idempotency-key.js';
import { KEPT_ANSWERS } from './stores.js';

/** Longest body of an order that may come with a key. */
const orderBytesMax = 4 * 1024 * 1024;

/** Carries an order with an Idempotency-Key out once, and answers its repeats as the first. */
@Injectable()
export class KeptAnswers implements NestInterceptor {
  private readonly ports: AnswerPorts;

  constructor(@Inject(KEPT_ANSWERS) answers: KeptAnswerStore) {
    this.ports = { answers, sleep: async (ms) => void (await sleep(ms)) };
  }

  async intercept(context: ExecutionContext, next: CallHandler<unknown>): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<IncomingMessage>();
    const key = readIdempotencyKey(request.headers['idempotency-key']);
    if (key === null) return next.handle();
    const order = await orderOf(request, key);
    const carryOut = (): Promise<string> => firstValueFrom(next.handle().pipe(map((answer) => JSON.stringify(answer))));
    const outcome = await answerOnce(this.ports, { order, by: randomUUID() }, carryOut);
    if (outcome.kind === 'answered') return from([JSON.parse(outcome.answer) as unknown]);
    throw outcome.kind === 'busy' ? stillBusy() : otherBody();
  }
}

/** How handlers take an Idempotency-Key: routes.spec.ts compares it with the routes. */
export const ONCE_BY_KEY = 'sluice:once-by-key';

/** An order that takes an Idempotency-Key. Not for answers that hold a secret: they are kept as they are. */
export const OnceByKey = (): MethodDecorator =>
  applyDecorators(SetMetadata(ONCE_BY_KEY, true), UseInterceptors(KeptAnswers));

async function orderOf(request: IncomingMessage, key: string): Promise<KeyedOrder> {
  const body = createHash('sha256')
    .update(await keepBody(request, orderBytesMax))
    .digest();
  const who = callerKey(callerOf(request), `${request.method ?? ''} ${request.url ?? ''}\n${key}`);
  return { id: createHash('sha256').update(who).digest(), body };
}

const otherBody = (): Refusal =>
  new Refusal({
    status: 422,
    code: 'idempotency-key/reused',
    title: 'Idempotency-Key used before',
    detail: 'the key came to this address with another body',
    remedy: 'use a new key for another order',
  });

const stillBusy = (): Refusal =>
  new Refusal(
    {
      status: 409,
      code: 'idempotency-key/busy',
      title: 'Not answered yet',
      detail: 'the first order with this key is still being carried out',
      remedy: 'send it again, with the same key: its answer comes when it is there',
    },
    { 'retry-after': '1' },
  );
