export * from './folder-lock.js';
export * from './journal.js';
export * from './session-file.js';
export * from './load-transforms.js';
export * from './work-folders.js';
export * from './worker.js';
export * from './worker-log.js';
export * from './trial-gateway.js';
