export * from './config/config.module.js';
export * from './config/configuration.js';
export * from './log/json-log.js';
export * from './service/database.module.js';
export * from './service/nats.module.js';
export * from './service/run-service.js';
export * from './gateway/gateway.module.js';
export * from './monitor/monitor.module.js';
