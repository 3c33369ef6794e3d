export * from './request-cancel.js';
export * from './request-retry.js';
