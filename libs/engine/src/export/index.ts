export * from './export-document.js';
export * from './observed.js';
