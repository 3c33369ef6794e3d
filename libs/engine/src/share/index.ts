export * from './change-shares.js';
export * from './list-shares.js';
export * from './share-desk.js';
export * from './share-reading.js';
