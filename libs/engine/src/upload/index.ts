export * from './ensure-partitions.js';
export * from './open-upload.js';
export * from './read-upload.js';
export * from './remove-abandoned.js';
export * from './request-seal.js';
export * from './store-chunk.js';
export * from './upload-header.js';
