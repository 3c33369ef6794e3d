export * from './dag.js';
export * from './dag-builder.js';
export * from './dag-fault.js';
export * from './find-cycle.js';
export * from './name-hash.js';
export * from './pack.js';
export * from './parent-lists.js';
