import { expect, test } from '@jest/globals';
import type { NatsConnection } from '@nats-io/transport-node';
import { checkServer, compareVersions, NatsAway, NatsUnsuitable, oldestServer } from './streams.js';

type ServerInfo = NonNullable<NatsConnection['info']>;

const serverOf = (info: Partial<ServerInfo>): Pick<NatsConnection, 'info'> => ({ info: info as ServerInfo });

test.each([
  ['2.10.27', '2.10.27', 0],
  ['2.10.26', '2.10.27', -1],
  ['2.9.99', '2.10.0', -1],
  ['2.11.0', '2.10.27', 1],
  ['3.0.0', '2.99.99', 1],
  ['2.10.27-RC.1', '2.10.27', 0],
])('%s against %s, number by number', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});

test.each(['2.9.10', '2.10.22', '2.10.26'])('nats-server %s is refused: it loses streams', (version) => {
  const check = (): void => checkServer(serverOf({ version, jetstream: true }));
  expect(check).toThrow(NatsUnsuitable);
  expect(check).toThrow(`${version} is too old: Sluice needs ${oldestServer} or newer`);
});

test('a server without JetStream is refused, with how to start it', () => {
  expect(() => checkServer(serverOf({ version: '2.15.1' }))).toThrow('start it with -js');
});

test('a server that says nothing of itself is refused', () => {
  expect(() => checkServer(serverOf({}))).toThrow(NatsUnsuitable);
});

test('while the connection is made anew nobody is judged: it is tried again', () => {
  expect(() => checkServer({ info: undefined })).toThrow(NatsAway);
});

test.each([oldestServer, '2.11.0', '2.15.1'])('nats-server %s with JetStream will do', (version) => {
  expect(() => checkServer(serverOf({ version, jetstream: true }))).not.toThrow();
});
