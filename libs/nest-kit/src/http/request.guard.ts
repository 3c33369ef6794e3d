import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Policy } from '#core';
import { Access, setAccess } from './access.js';
import { GrantBook } from './grant-book.js';
import { policyOf } from './policy-check.js';
import { type Refusal, refusals } from './refusal.js';
import { TokenChain } from './token-chain.js';

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

/** A request whose route Express has found. */
type Routed = IncomingMessage & { params: Readonly<Record<string, string>> };

/** Every route but the open ones asks who calls; none answers in a form that the client cannot read. */
@Injectable()
export class RequestGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenChain,
    private readonly grants: GrantBook,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Routed>();
    const { headers, url = '' } = request;
    if (url.includes(nul)) throw refusals.badRequest('http/address', 'the address holds a NUL, which no name has');
    const types = this.reflector.get<readonly string[] | undefined>(OFFERS, context.getHandler()) ?? offered;
    if (!accepts(headers.accept, types)) throw refusals.notAcceptable(types.slice(0, 2));
    const policy = policyOf(this.reflector, context.getHandler(), context.getClass());
    if (!policy) throw new Error('a route without a policy is for nobody');
    if (policy.kind === 'open') return true;
    await this.letIn(request, policy);
    return true;
  }

  /** Judges what token and address tell; what lies behind the address is judged where it is looked up. */
  private async letIn(request: Routed, policy: Policy): Promise<void> {
    const caller = await this.tokens.callerOf(request.headers.authorization);
    const access = new Access(caller, await this.grants.rightsOf(caller), policy);
    setAccess(request, access);
    const { space = '' } = request.params;
    if (policy.kind === 'space') {
      if (policy.of === 'address') access.judge({ space }, () => noSpace(space));
    } else if (policy.kind !== 'site' || access.rights.site === null) access.judge({}, noSuchPlace);
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

/** A space that is not there, or that the caller does not see: nobody can tell which. */
export const noSpace = (space: string): Refusal =>
  refusals.notFound(`no space ${JSON.stringify(space.slice(0, 200))}`, '`sluice space ls` lists those that you see');

const noSuchPlace = (): Refusal => refusals.notFound('nothing is there');
