export * from './share-desk.js';
export * from './share-reading.js';
