export * from './check-chunk.js';
export * from './chunk.js';
export * from './header.js';
export * from './job-checker.js';
export { jsonErrors, type RawJob } from './job-line.js';
export { readJson, type JsonRead } from './json-text.js';
export * from './parents.js';
export * from './read-document.js';
export * from './refusal.js';
