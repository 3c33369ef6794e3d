export * from './codes.js';
export * from './document/checked-job.js';
