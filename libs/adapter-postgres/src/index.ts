export * from './database.js';
export * from './migrate.js';
export * from './settle-store.js';
export * from './lease-store.js';
