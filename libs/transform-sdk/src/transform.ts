import type { z } from 'zod';
import type { TransformContext } from './transform-context.js';

/** What a transform returns: JSON of at most 16 KiB, kept with the attempt. */
export type Outputs = Readonly<Record<string, unknown>>;

/** A plain return keeps an attempt synchronous, which costs the worker least; anything slow returns a promise. */
export type Run<Params> = (params: Params, ctx: TransformContext) => Outputs | void | Promise<Outputs | void>;

/** A name, a version and the schema of the params that `run` gets. */
export interface TransformFacts<Params> {
  /** What a template's `transform` says: lower-case words joined by `-`. */
  name: string;
  /** Changes when the same params would give another result. */
  version: string;
  params: z.ZodType<Params>;
}

/** A transform as the worker runs it. `Params` is what the schema makes of the document's params. */
export interface TransformDefinition<Params = unknown> extends TransformFacts<Params> {
  // A method, so that a definition for narrower params is still a TransformDefinition.
  run(params: Params, ctx: TransformContext): ReturnType<Run<Params>>;
}

/** Shared by every copy of this module, since transforms from outside may bring their own. */
const definitionKey = Symbol.for('sluice.transform');

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const versionPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$/;

/** @throws TypeError when name, version, params or run is missing or malformed; the message names it. */
export function defineTransform<Params>(definition: TransformDefinition<Params>): TransformDefinition<Params> {
  const fault = faultOf(definition);
  if (fault !== null) throw new TypeError(`transform ${JSON.stringify(definition.name)}: ${fault}`);
  return Object.freeze(Object.assign({ ...definition }, { [definitionKey]: true }));
}

interface TransformClass<Params> {
  new (): { run: Run<Params> };
}

/**
 * Class decorator. The class is made once per worker and shared by its attempts, so it keeps no state of an attempt.
 * @example `@Transform({ name: 'hello', version: '1', params: Params }) class Hello { run(params, ctx) { ... } }`
 */
export function Transform<Params>(facts: TransformFacts<Params>) {
  return (target: TransformClass<Params>): void => {
    const instance = new target();
    const definition = defineTransform({ ...facts, run: (params, ctx) => instance.run(params, ctx) });
    Object.defineProperty(target, definitionKey, { value: definition });
  };
}

/** @returns the transform that an export of a module is, or null when it is none. */
export function transformOf(exported: unknown): TransformDefinition | null {
  if ((typeof exported !== 'object' && typeof exported !== 'function') || exported === null) return null;
  const mark: unknown = Reflect.get(exported, definitionKey);
  if (mark === true) return exported as TransformDefinition;
  return typeof mark === 'object' ? (mark as TransformDefinition | null) : null;
}

/** Callers outside may be plain JavaScript, so nothing is taken on trust. */
function faultOf(definition: { name: string; version: string; params: unknown; run: unknown }): string | null {
  if (!namePattern.test(definition.name)) return 'name must be lower-case words joined by `-`, such as `estimate-pi`';
  if (!versionPattern.test(definition.version)) return 'version must be 1-50 letters, digits, `.`, `_` or `-`';
  const { params } = definition;
  if (typeof params !== 'object' || params === null || !('safeParse' in params)) return 'params must be a zod schema';
  return typeof definition.run === 'function' ? null : 'run must be a function';
}
