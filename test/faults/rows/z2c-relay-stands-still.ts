import { stoppedService } from './stopped-services.js';

export const z2c = stoppedService({
  id: 'Z2c',
  title: 'a relay stands still when the stream has what the outbox does not know',
  point: 'relay.beforeMark',
  service: 'transformer-1',
  shape: { transformers: 2 },
});
