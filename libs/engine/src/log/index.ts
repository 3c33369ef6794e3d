export * from './keep-log.js';
