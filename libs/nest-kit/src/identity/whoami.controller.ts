import { Controller, Get } from '@nestjs/common';
import type { WhoAmI } from '#contracts';
import { type Access, Asker } from '../http/access.js';
import { Allows, anyCaller } from '../http/policies.js';

/** Tells a caller who it is taken for, and what it may. */
@Allows(anyCaller)
@Controller('api/v1/whoami')
export class WhoAmIController {
  @Get()
  show(@Asker() { caller, rights }: Access): WhoAmI {
    const { issuer, subject, name, kind, groups, restricted } = caller;
    const everywhere = rights.everywhere === null ? [] : [{ space: '*', role: rights.everywhere }];
    const roles = [...rights.spaces].map(([space, role]) => ({ space, role }));
    return {
      ...{ issuer, subject, name, kind, groups: [...groups], roles: [...everywhere, ...roles] },
      restricted: restricted && { ...restricted, spaces: restricted.spaces && [...restricted.spaces] },
      tokenEndsAt: caller.tokenEndsAt ?? null,
    };
  }
}
