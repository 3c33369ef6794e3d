export * from './order-ports.js';
export * from './request-cancel.js';
export * from './request-cancel-jobs.js';
export * from './request-pause.js';
export * from './request-retry.js';
