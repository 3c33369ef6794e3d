export * from './apply-sites-file.js';
export * from './change-sites.js';
export * from './order-worker.js';
export * from './site-settings.js';
