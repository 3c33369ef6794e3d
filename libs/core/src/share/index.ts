export * from './allocation.js';
export * from './assign-by-share.js';
export * from './share-line.js';
export * from './share-path.js';
export * from './share-tree.js';
export * from './use.js';
