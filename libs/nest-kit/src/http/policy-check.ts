import { Injectable, type OnModuleInit, RequestMethod } from '@nestjs/common';
import { ModulesContainer, Reflector } from '@nestjs/core';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import type { Policy } from '#core';
import { policyKey } from './policies.js';

/** What says of a route who may use it: its handler, or else its controller. */
export function policyOf(reflector: Reflector, handler: object, controller: object): Policy | undefined {
  return reflector.getAllAndOverride<Policy | undefined>(policyKey, [handler as never, controller as never]);
}

/** Refuses to start a gateway with a route that does not say who may use it. */
@Injectable()
export class PolicyCheck implements OnModuleInit {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly reflector: Reflector,
  ) {}

  /** @throws naming every such route: a bug */
  onModuleInit(): void {
    const controllers = [...this.modules.values()].flatMap((module) => [...module.controllers.values()]);
    const silent = controllers.flatMap(({ metatype }) =>
      metatype ? silentRoutes(this.reflector, metatype as { name: string; prototype: object }) : [],
    );
    if (silent.length > 0) throw new Error(`nothing says who may use ${silent.join(', ')}: put @Allows() there`);
  }
}

/** Handlers of HTTP of a controller without a policy, as `Controller.handler (METHOD)`. */
export function silentRoutes(reflector: Reflector, controller: { name: string; prototype: object }): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(controller.prototype)).flatMap(([name, { value }]) => {
    if (typeof value !== 'function') return [];
    const method = Reflect.getMetadata(METHOD_METADATA, value as object) as RequestMethod | undefined;
    if (method === undefined || policyOf(reflector, value as object, controller)) return [];
    return [`${controller.name}.${name} (${RequestMethod[method]})`];
  });
}
