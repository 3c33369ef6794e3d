import type { IncomingMessage } from 'node:http';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Observable, type Subscription } from 'rxjs';
import { readingFor } from '#adapter-postgres';
import { accessIfAny } from './access.js';

/** Whatever a request reads, it reads for who sends it. Of an open route nobody knows who that is: it sees no workflow. */
@Injectable()
export class ReadingInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const access = accessIfAny(context.switchToHttp().getRequest<IncomingMessage>());
    const visible = access === null ? [] : access.visible;
    return new Observable((subscriber): Subscription => readingFor(visible, () => next.handle().subscribe(subscriber)));
  }
}
