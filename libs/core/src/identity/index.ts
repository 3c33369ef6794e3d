export * from './caller.js';
export * from './grant.js';
export * from './judge.js';
export * from './policy.js';
export * from './refused-token.js';
export * from './rights.js';
export * from './role.js';
export * from './token-verifier.js';
