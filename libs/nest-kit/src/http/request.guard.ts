import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { HTTP_CONFIGURATION } from '../config/config.module.js';
import type { HttpConfiguration } from '../config/configuration.js';
import { bearerOf, sameSecret } from './bearer.js';
import { refusals } from './refusal.js';

const OPEN = 'sluice:open';

/** Asks for no token: for health only. */
export const Open = (): MethodDecorator & ClassDecorator => SetMetadata(OPEN, true);

/** What the gateway can answer with. */
const offered = ['application/json', 'application/x-ndjson'] as const;
const accepted = /application\/(?:json|x-ndjson|problem\+json|\*)|\*\/\*/i;

/** Every route but the open ones asks for the stack's token; none answers in a form that the client cannot read. */
@Injectable()
export class RequestGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(HTTP_CONFIGURATION) private readonly http: HttpConfiguration,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<IncomingMessage>();
    if (headers.accept !== undefined && !accepted.test(headers.accept)) throw refusals.notAcceptable(offered);
    if (this.reflector.getAllAndOverride<boolean>(OPEN, [context.getHandler(), context.getClass()])) return true;
    const bearer = bearerOf(headers.authorization);
    if (bearer === null) throw refusals.unauthorized();
    if (sameSecret(bearer, this.http.token)) return true;
    throw bearer.startsWith('s.')
      ? refusals.forbidden("a worker's token opens no user route")
      : refusals.unauthorized();
  }
}
