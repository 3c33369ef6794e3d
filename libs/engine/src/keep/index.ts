export * from './archive-workflow.js';
export * from './drop-ranges.js';
export * from './order-archive.js';
export * from './prune-rows.js';
