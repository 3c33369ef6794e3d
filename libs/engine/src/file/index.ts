export * from './file-faults.js';
export * from './keep-file.js';
export * from './remove-file.js';
