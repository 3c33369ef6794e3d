export type { FaultLine } from './armed-faults.js';
export { faultPoints, type FaultPoint } from './fault-points.js';
export { faultpoint } from './faultpoint.js';
