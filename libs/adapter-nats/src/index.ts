export * from './connection.js';
export * from './service-client.js';
export * from './service-transport.js';
