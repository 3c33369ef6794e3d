export * from './back-off.js';
export * from './http-connection.js';
export * from './lines.js';
export * from './problem-error.js';
export * from './server-unreachable.js';
export * from './site-calls.js';
export * from './sluice-client.js';
export * from './submit-document.js';
export { UploadDiffers } from './upload-differs.js';
