import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Refusal } from './refusal.js';

const reads = new Set(['GET', 'HEAD']);

/**
 * An order that is only meant for what it was when it was read. What is read here holds counts of what runs, and no order
 * is judged by them: rather than to ignore the condition, none is taken.
 */
@Injectable()
export class IfMatchGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { method = '', headers } = context.switchToHttp().getRequest<IncomingMessage>();
    const condition = headers['if-match'] ?? headers['if-unmodified-since'];
    if (condition === undefined || condition.trim() === '*' || reads.has(method)) return true;
    throw new Refusal({
      status: 412,
      code: 'http/if-match',
      title: 'Condition not met',
      detail: 'no order is carried out under If-Match or If-Unmodified-Since: what is read changes as jobs run',
      remedy: 'leave it out; orders are safe to repeat, and `dryRun` tells what one would change',
    });
  }
}
