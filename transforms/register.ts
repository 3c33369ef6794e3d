import { transformOf, type TransformDefinition } from '#transform-sdk';
import { command } from './command/command.js';
import { EstimatePi } from './estimate-pi/estimate-pi.js';
import { noop } from './noop/noop.js';
import { simulate } from './simulate/simulate.js';

/** The transforms that every worker offers: one line each. */
const register: unknown[] = [command, noop, simulate, EstimatePi];

export const transforms: readonly TransformDefinition[] = register.map(registered);

function registered(entry: unknown): TransformDefinition {
  const definition = transformOf(entry);
  if (definition === null)
    throw new TypeError(`transforms/register.ts names something that is no transform: ${String(entry)}`);
  return definition;
}
