import { expect, test } from '@jest/globals';
import { serversOf } from './connection.js';

test.each([
  ['nats://h:4222', { servers: ['nats://h:4222'] }],
  ['nats://u:p%40@h:4222', { servers: ['nats://h:4222'], user: 'u', pass: 'p@' }],
  ['nats://secret@h:4222', { servers: ['nats://h:4222'], token: 'secret' }],
  ['nats://u:p@a:1, nats://u:p@b:2', { servers: ['nats://a:1', 'nats://b:2'], user: 'u', pass: 'p' }],
])('%s is taken apart for the client', (url, options) => {
  expect(serversOf(url)).toEqual(options);
});
