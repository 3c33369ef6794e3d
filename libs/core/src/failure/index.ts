export * from './fingerprint.js';
export * from './normalise-message.js';
export * from './telling-line.js';
