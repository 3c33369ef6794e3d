export * from './explain-past.js';
export * from './explain-wait.js';
export * from './explain-workflow.js';
export * from './wait-recorder.js';
