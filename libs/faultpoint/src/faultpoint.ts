import { armedFaults } from './armed-faults.js';
import { readFaultOrders } from './fault-order.js';
import type { PassFaultPoint } from './fault-points.js';

const nothing = (): void => undefined;

/**
 * A process fails by itself only when it is told both what to do (FAULT) and where to say so (FAULT_LOG); looked at once.
 * @throws BadFault
 */
export function faultpointOf(environment: Record<string, string | undefined>): PassFaultPoint {
  const { FAULT: orders = '', FAULT_LOG: logFile = '' } = environment;
  return orders === '' || logFile === '' ? nothing : armedFaults(readFaultOrders(orders), logFile);
}

/** Marks a moment at which a trial may end, stop or delay this process. In production an empty function. */
export const faultpoint = faultpointOf(process.env);
