export * from './requeue-letters.js';
