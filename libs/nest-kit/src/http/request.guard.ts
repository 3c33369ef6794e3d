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

const OFFERS = 'sluice:offers';

/** Answers with this alone, in place of JSON. */
export const Offers = (type: string): MethodDecorator => SetMetadata(OFFERS, [type]);

/** Answers with whatever somebody put there. */
export const OffersAnything = (): MethodDecorator => SetMetadata(OFFERS, [anything]);
const anything = '*/*';

/** What the gateway can answer with where a route does not say otherwise. */
const offered: readonly string[] = ['application/json', 'application/x-ndjson', 'application/problem+json'];

/** As addresses carry it. PostgreSQL takes it in no text. */
const nul = '%00';

/** Every route but the open ones asks for the stack's token; none answers in a form that the client cannot read. */
@Injectable()
export class RequestGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(HTTP_CONFIGURATION) private readonly http: HttpConfiguration,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers, url = '' } = context.switchToHttp().getRequest<IncomingMessage>();
    if (url.includes(nul)) throw refusals.badRequest('http/address', 'the address holds a NUL, which no name has');
    const types = this.reflector.get<readonly string[] | undefined>(OFFERS, context.getHandler()) ?? offered;
    if (!accepts(headers.accept, types)) throw refusals.notAcceptable(types.slice(0, 2));
    if (this.reflector.getAllAndOverride<boolean>(OPEN, [context.getHandler(), context.getClass()])) return true;
    const bearer = bearerOf(headers.authorization);
    if (bearer === null) throw refusals.unauthorized();
    if (sameSecret(bearer, this.http.token)) return true;
    throw bearer.startsWith('s.')
      ? refusals.forbidden("a worker's token opens no user route")
      : refusals.unauthorized();
  }
}

/** Whether an Accept header leaves room for one of these types. */
export function accepts(header: string | undefined, types: readonly string[]): boolean {
  if (header === undefined || header.trim() === '' || types.includes(anything)) return true;
  const ranges = header
    .toLowerCase()
    .split(',')
    .map((each) => each.split(';', 1)[0]?.trim() ?? '');
  return types.some((type) =>
    ranges.some((range) => ['*/*', `${type.split('/', 1)[0] ?? ''}/*`, type].includes(range)),
  );
}
