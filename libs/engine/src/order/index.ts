export * from './order-ports.js';
export * from './request-cancel.js';
export * from './request-cancel-jobs.js';
export * from './request-pause.js';
export * from './request-retry.js';
export * from './filter-of-names.js';
export * from './request-pause-jobs.js';
