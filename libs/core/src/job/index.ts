export * from './back-off.js';
export * from './decide-attempt.js';
export * from './learned-memory.js';
export * from './memory-size.js';
export { exitRange, ruleFor, type RetryRule } from './retry-rule.js';
