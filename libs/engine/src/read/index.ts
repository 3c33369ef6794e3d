export * from './ended-rate.js';
export * from './explain-job.js';
export * from './find-gap.js';
export * from './list-attempts.js';
export * from './list-error-groups.js';
export * from './select-workflow.js';
export * from './show-workflow.js';
export * from './split-active.js';
