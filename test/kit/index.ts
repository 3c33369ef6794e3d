export * from './test-folder.js';
export * from './test-nats.js';
export * from './test-postgres.js';
