export * from './archive-workflow.js';
export * from './drop-ranges.js';
export * from './prune-rows.js';
