export * from './engine-rig.js';
export * from './invariants.js';
export * from './running-service.js';
export * from './supervised-service.js';
export * from './test-folder.js';
export * from './test-nats.js';
export * from './test-postgres.js';
export * from './test-stack.js';
