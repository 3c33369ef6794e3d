export * from './invariants.js';
export * from './verify-books.js';
export { everything } from './verify-steps.js';
