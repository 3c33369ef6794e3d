export * from './connection.js';
export * from './service-client.js';
export * from './service-transport.js';
export * from './listen.js';
export * from './stream-publisher.js';
export * from './batch-transport.js';
export * from './streams.js';
export * from './event-feed.js';
