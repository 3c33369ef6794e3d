export * from './codes.js';
export * from './document/checked-job.js';
export * from './document/placeholder.js';
