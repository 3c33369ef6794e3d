export * from './database.js';
export * from './migrate.js';
export * from './settle-store.js';
export * from './lease-store.js';
export * from './upload-store.js';
export * from './seal-store.js';
export * from './order-store.js';
export * from './read-store.js';
