export * from './failure-of.js';
export * from './folder-size.js';
export * from './isolation.js';
export * from './job-failure.js';
export * from './run-transform.js';
export * from './transform.js';
export * from './transform-context.js';
/** The zod that params are described with: a transform from outside needs no other import. */
export { z } from 'zod';
