import { SetMetadata } from '@nestjs/common';
import type { Policy, Right, SpacePlace } from '#core';

const POLICY = 'sluice:policy';

/** Who may send requests to a route, or to all routes of a controller that do not say otherwise. */
export const Allows = (policy: Policy): MethodDecorator & ClassDecorator => SetMetadata(POLICY, policy);

/** What Allows() said of a handler or its controller. */
export const policyKey = POLICY;

/** Anybody, without a token. */
export const anybody: Policy = { kind: 'open' };
/** Whoever has a good token, also without any role. */
export const anyCaller: Policy = { kind: 'known' };
/** Whoever has a role somewhere. */
export const anyMember: Policy = { kind: 'member' };
/** Who administers the system, and the token of the site itself. */
export const theSite: Policy = { kind: 'site' };
export const systemAdministrators: Policy = { kind: 'system' };

/** By the role in the space that the workflow, the body or the address names. */
export const whoMay = (right: Right, of: SpacePlace): Policy => ({ kind: 'space', right, of });
/** What the answer holds is what the caller may read. */
export const whoSeesIt: Policy = whoMay('read', 'list');
