import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { HTTP_CONFIGURATION } from '../config/config.module.js';
import type { HttpConfiguration } from '../config/configuration.js';
import { accessIfAny } from './access.js';
import { CallRates } from './call-rates.js';
import { Refusal } from './refusal.js';

/** Sends a caller away that calls more often than one may. Who calls is known before. */
@Injectable()
export class RateGuard implements CanActivate {
  private readonly rates: CallRates | null;

  constructor(@Inject(HTTP_CONFIGURATION) { callsPerSec }: HttpConfiguration) {
    this.rates = callsPerSec === 0 ? null : new CallRates(callsPerSec);
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<IncomingMessage>();
    const caller = accessIfAny(request)?.caller ?? null;
    if (this.rates === null || caller === null) return true;
    const { issuer, subject } = caller;
    const afterSec = this.rates.take(JSON.stringify([issuer, subject]), performance.now());
    if (afterSec > 0) throw tooMany(afterSec);
    return true;
  }
}

const tooMany = (afterSec: number): Refusal =>
  new Refusal(
    {
      status: 429,
      code: 'limit/rate',
      title: 'Too many requests',
      detail: 'you call more often than one caller may',
      remedy: `try again in ${afterSec} s; lists come in pages of up to 1,000, events tell what ended`,
    },
    { 'retry-after': String(afterSec) },
  );
