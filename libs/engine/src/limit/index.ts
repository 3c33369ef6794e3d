export * from './change-limits.js';
