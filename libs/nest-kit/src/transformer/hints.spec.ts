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

interface Sent {
  kills?: unknown[];
  verdicts?: unknown[];
}

/** What was sent, each message no larger than half of what NATS takes. */
function sentBy(tell: (hints: Hints) => void): Sent[] {
  const sent: Sent[] = [];
  const publish = (_: string, body: string): void => {
    expect(Buffer.byteLength(body)).toBeLessThan(513 * 1_024);
    sent.push(JSON.parse(body) as Sent);
  };
  tell(new Hints({ isClosed: () => false, publish } as unknown as NatsConnection));
  return sent;
}

test('the kills of a large cancel are several messages, and none is left out', () => {
  const kills = Array.from({ length: 30_000 }, (_, no) => ({ session: '123456789', job: `123456:${no}`, attempt: 1 }));
  const sent = sentBy((hints) => hints.kill(kills));
  expect(sent.flatMap((message) => message.kills ?? [])).toEqual(kills);
  expect(sentBy((hints) => hints.kill([]))).toEqual([]);
});

test('so are the verdicts of very many batches, or of batches that had all been settled', () => {
  const positions = Array.from({ length: 1_000 }, (_, no) => no);
  const small = Array.from({ length: 10_000 }, () => ({ ...verdictsOf(1), stale: [0] }));
  const repeated = Array.from({ length: 200 }, () => ({ ...verdictsOf(1_000), duplicate: positions }));
  for (const verdicts of [small, repeated])
    expect(sentBy((hints) => hints.verdicts('g', verdicts)).flatMap((message) => message.verdicts ?? [])).toEqual(
      verdicts,
    );
});

const verdictsOf = (events: number) => ({
  ...{ batchId: '00000000-0000-4000-8000-000000000000', events },
  ...{ duplicate: [] as number[], stale: [] as number[] },
});
