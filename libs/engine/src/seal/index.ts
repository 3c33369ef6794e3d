export type { SealLimits } from './check-upload.js';
export * from './seal-workflow.js';
