export * from './dag.js';
export * from './dag-builder.js';
export * from './dag-fault.js';
export * from './name-hash.js';
export * from './pack.js';
