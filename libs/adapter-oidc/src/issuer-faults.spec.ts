import { expect, test } from '@jest/globals';
import { IssuerSettings } from '#contracts';
import { issuerFaults } from './issuer-faults.js';

const settings = (issuer: string, insecureLoopback = false): IssuerSettings =>
  IssuerSettings.parse({ issuer, audience: 'sluice', insecureLoopback });

test.each([
  ['https://iam.example.org', false],
  ['https://iam.example.org/realms/rubin', false],
  ['http://127.0.0.1:9000', true],
  ['http://localhost:9000', true],
  ['http://[::1]:9000', true],
])('%s is taken (on this machine without TLS: %s)', (issuer, loopback) => {
  expect(issuerFaults([settings(issuer, loopback)])).toEqual([]);
});

test.each([
  ['http://iam.example.org', true],
  ['http://127.0.0.1:9000', false],
  ['http://127.0.0.1.evil.example', true],
  ['https://ann:secret@iam.example.org', false],
  ['https://iam.example.org/?realm=rubin', false],
])('%s is not taken (on this machine without TLS: %s)', (issuer, loopback) => {
  expect(issuerFaults([settings(issuer, loopback)])).toHaveLength(1);
});

test('an issuer stands in the list once', () => {
  const one = settings('https://iam.example.org');
  expect(issuerFaults([one, one])).toEqual(['issuer https://iam.example.org stands twice']);
});
