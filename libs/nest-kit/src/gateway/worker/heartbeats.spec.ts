import { expect, test } from '@jest/globals';
import type { HeartbeatAnswer, HeartbeatRequest } from '#contracts';
import { type AskBroker, Heartbeats } from './heartbeats.js';

const beat: HeartbeatRequest = { upMs: 1, heldCount: 0, heldHash: 0, leaseSeen: null, batches: [], draining: false };
const calm: HeartbeatAnswer = { kill: [], verdicts: [], drain: false, listHeld: false };

function broker(knows: (session: string) => boolean): { ask: AskBroker; messages: number[] } {
  const messages: number[] = [];
  const ask = ((_subject: string, body: { beats: { session: string }[] }) => {
    messages.push(body.beats.length);
    const known = body.beats.filter(({ session }) => knows(session));
    return Promise.resolve({ answers: known.map(({ session }) => ({ session, ...calm })) });
  }) as AskBroker;
  return { ask, messages };
}

test('beats that come together are one message, and each worker gets its own answer', async () => {
  const { ask, messages } = broker((session) => session !== '2');
  const heartbeats = new Heartbeats(ask);
  const answers = await Promise.all(['1', '2', '3'].map((session) => heartbeats.beat(session, beat)));
  expect(answers).toEqual([calm, null, calm]);
  expect(messages).toEqual([3]);
});

test('more beats than fit are several messages', async () => {
  const { ask, messages } = broker(() => true);
  const heartbeats = new Heartbeats(ask);
  await Promise.all(Array.from({ length: 2_500 }, (_, session) => heartbeats.beat(String(session), beat)));
  expect(messages).toEqual([1_000, 1_000, 500]);
});

test('beats that name many batches, as after an outage, are cut into messages that NATS takes, and each is answered', async () => {
  const sizes: number[] = [];
  const { ask } = broker(() => true);
  const heartbeats = new Heartbeats((subject, body) => {
    sizes.push(Buffer.byteLength(JSON.stringify(body)));
    return ask(subject, body);
  });
  const batches = Array.from({ length: 1_000 }, (_, no) => `00000000-0000-4000-8000-${String(no).padStart(12, '0')}`);
  const beats = Array.from({ length: 60 }, (_, session) => heartbeats.beat(String(session), { ...beat, batches }));
  expect(await Promise.all(beats)).toEqual(beats.map(() => calm));
  expect(Math.max(...sizes)).toBeLessThan(512 * 1_024);
});

test('a silent broker fails the beats that asked, not the next ones', async () => {
  let silent = true;
  const { ask } = broker(() => true);
  const heartbeats = new Heartbeats((subject, body) =>
    silent ? Promise.reject(new Error('silent')) : ask(subject, body),
  );
  await expect(heartbeats.beat('1', beat)).rejects.toThrow('silent');
  silent = false;
  await expect(heartbeats.beat('1', beat)).resolves.toEqual(calm);
});
