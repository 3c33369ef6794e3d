// Goal: a hint may be lost, and never breaks what it tells of.
import { expect, test } from '@jest/globals';
import type { NatsConnection } from '#adapter-nats';
import { Hints } from './hints.js';

test.each([
  ['one of ours', 'gw_1-a', ['gateway.verdict.gw_1-a']],
  ['nobody', '', []],
  ['damaged on its way', 'vosk\ufffdfton5mb', []],
  ['more than one token of a subject', 'a.b', []],
  ['every gateway', '*', []],
])('a verdict for a gateway that is %s goes to itself or to nobody', (_what, gateway, told) => {
  const subjects: string[] = [];
  const nats = { isClosed: () => false, publish: (subject: string) => subjects.push(subject) };
  new Hints(nats as unknown as NatsConnection).verdicts(gateway, [
    { batchId: 'b', events: 1, duplicate: [], stale: [] },
  ]);
  expect(subjects).toEqual(told);
});
