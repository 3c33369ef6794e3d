export * from './choose-again.js';
export * from './job-transition.js';
export * from './judge-end.js';
export * from './lease-requests.js';
export * from './machine-job.js';
export * from './workflow-machine.js';
export * from './workflow-transition.js';
