import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import {
  type Caller,
  isOwn,
  judge,
  type Policy,
  type Resource,
  type Rights,
  roleFor,
  roleIn,
  type VisibleSpaces,
  visibleSpaces,
} from '#core';
import { type Refusal, refusals } from './refusal.js';

/** A workflow or an upload, as far as who may do what with it goes. */
export interface OwnedThing {
  readonly space: string;
  readonly owner: { readonly issuer: string; readonly subject: string };
}

/** What the guard found out about a request: who sends it, what that one may, and what its route asks for. */
export class Access {
  constructor(
    readonly caller: Caller,
    readonly rights: Rights,
    private readonly policy: Policy,
  ) {}

  /** Spaces whose rows this request may be told of; null: all. For statements. */
  get visible(): VisibleSpaces {
    return visibleSpaces(this.rights);
  }

  /** Judges what the address alone does not tell. @throws `hidden` where the caller may not know of it; Refusal 403 */
  judge(resource: Resource, hidden: () => Error): void {
    const judgement = judge(this.rights, this.policy, resource);
    if (judgement === 'hide') throw hidden();
    if (judgement === 'refuse') throw this.refused(resource);
  }

  /** judge() of a workflow or an upload. */
  judgeOwned({ space, owner }: OwnedThing, hidden: () => Error): void {
    this.judge({ space, own: isOwn(this.caller, owner) }, hidden);
  }

  private refused({ space, own: isTheirs }: Resource): Refusal {
    const { policy } = this;
    if (policy.kind === 'system') return refusals.noRight('only who administers the system may do this');
    if (policy.kind === 'site')
      return refusals.noRight('only who administers the system may do this, and a token of this very site');
    if (policy.kind !== 'space' || space === undefined)
      return refusals.noRight('this is for who has a role in a space: you have none');
    const { any, own } = roleFor[policy.right];
    const needed = any === own || isTheirs === undefined ? any : `${any} (${own} is enough for what is yours)`;
    const has = roleIn(this.rights, space) ?? 'none';
    return refusals.noRight(`in space ${space} this takes the role ${needed}; yours there is ${has}`);
  }
}

const known = new WeakMap<IncomingMessage, Access>();

/** The guard's word on a request. */
export function setAccess(request: IncomingMessage, access: Access): void {
  known.set(request, access);
}

/** Null where the route is open: nobody asked. */
export const accessIfAny = (request: IncomingMessage): Access | null => known.get(request) ?? null;

/** @throws where the guard let nobody in: a bug */
export function accessOf(request: IncomingMessage): Access {
  const access = accessIfAny(request);
  if (!access) throw new Error(`nobody was asked who sends ${request.method ?? ''} ${request.url ?? ''}`);
  return access;
}

/** A parameter of a handler: the Access of its request. */
export const Asker = createParamDecorator((_: unknown, context: ExecutionContext) =>
  accessOf(context.switchToHttp().getRequest<IncomingMessage>()),
);
