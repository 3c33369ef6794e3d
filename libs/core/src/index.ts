export * from './codes.js';
export * from './document/checked-job.js';
export * from './document/shown.js';
export * from './seal/index.js';
export * from './job/decide-attempt.js';
export * from './failure/index.js';
export * from './lease/assign-ready.js';
export * from './workflow/end-state.js';
