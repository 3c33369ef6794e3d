export * from './keep-token.js';
