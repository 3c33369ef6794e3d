export * from './http-connection.js';
export * from './lines.js';
export * from './problem-error.js';
export * from './server-unreachable.js';
