import { transformOf, type TransformDefinition } from '#transform-sdk';
import { command } from './command/command.js';
import { EstimatePi } from './estimate-pi/estimate-pi.js';
import { noop } from './noop/noop.js';
import { simulate } from './simulate/simulate.js';

/** What the command transform keeps programs apart with: found by whoever runs a worker. */
export { featuresOf, findIsolation, type IsolationTools } from './command/sandbox/find-isolation.js';

/** How this worker holds programs to what their jobs ask for. */
export { limitFeatures } from './command/limits/worker-groups.js';

/** The transforms that every worker offers: one line each. */
const register: unknown[] = [command, noop, simulate, EstimatePi];

export const transforms: readonly TransformDefinition[] = register.map(registered);

function registered(entry: unknown): TransformDefinition {
  const definition = transformOf(entry);
  if (definition === null)
    throw new TypeError(`transforms/register.ts names something that is no transform: ${String(entry)}`);
  return definition;
}
