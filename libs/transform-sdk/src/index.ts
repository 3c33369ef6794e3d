export * from './failure-of.js';
export * from './job-failure.js';
export * from './run-transform.js';
export * from './transform.js';
export * from './transform-context.js';
