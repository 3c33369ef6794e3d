// Goal: the door over real HTTP: who may enter, what is refused how, what is handed on.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Problem, subjects } from '#contracts';
import { defaultTerms } from '#engine';
import { type AskBroker, Heartbeats } from './heartbeats.js';
import { LeasePolls, type PollNews } from './lease-polls.js';
import { Reports } from './reports.js';
import { SessionTokens } from './session-tokens.js';
import { TerminalGatherer } from './terminal-gatherer.js';
import { VerdictWaits } from './verdict-waits.js';
import { WorkerDoor } from './worker-door.js';

Logger.overrideLogger(false); // one test is about a bug, whose log line is not for people

const stackToken = 'f'.repeat(64);
const hourMs = 3_600_000;
let clockMs = Date.UTC(2026, 10, 23);
const tokens = new SessionTokens(stackToken, hourMs, () => clockMs);
const sessionToken = tokens.sign('7');
const worker = { site: 's', worker: 'w', cores: 1, memoryMib: 1, walltimeSec: null, tags: {}, transforms: ['noop@1'] };
const lease = { requestId: 'r1', free: { cores: 1, memoryMib: 1, walltimeLeftSec: null }, max: 1, waitSec: 5 };

let server: Server;
let asked: PollNews[];
let polls: LeasePolls;
let askBroker: AskBroker;
let streamThere: boolean;
/** Pool tokens: whose site's workers they let in. */
let pools: Map<string, { id: string; site: string | null }>;
let revoked: Set<string>;

beforeEach(async () => {
  asked = [];
  streamThere = true;
  clockMs = Date.UTC(2026, 10, 23);
  pools = new Map([
    ['pool-of-s', { id: '12', site: 's' }],
    ['pool-of-t', { id: '13', site: 't' }],
    ['pool-of-all', { id: '14', site: null }],
  ]);
  revoked = new Set();
  askBroker = ((subject: string) =>
    Promise.resolve(subject === subjects.heartbeat ? { answers: [] } : { session: '7' })) as AskBroker;
  polls = new LeasePolls('gateway1', (message) => asked.push(message));
  const gone = Object.assign(new Error('no stream'), { retry: true });
  const publish = (): Promise<void> => (streamThere ? Promise.resolve() : Promise.reject(gone));
  const ask: AskBroker = (subject, body) => askBroker(subject, body);
  const door = new WorkerDoor({
    terms: defaultTerms,
    pools: {
      find: (token) => Promise.resolve(pools.get(token) ?? null),
      counts: (opener) => !revoked.has(opener),
    },
    ...{ stackToken, tokens, polls, askBroker: ask, heartbeats: new Heartbeats(ask) },
    files: null,
    logs: null,
    reports: new Reports(new TerminalGatherer('gateway1', publish), new VerdictWaits()),
  });
  server = createServer((request, response) => door.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  polls.drain();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function post(
  path: string,
  body: unknown,
  options: { token?: string; type?: string; method?: string } = {},
): Promise<Response> {
  const { token, type = 'application/json', method = 'POST' } = options;
  const headers = { 'content-type': type, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const { port } = server.address() as AddressInfo;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body: method === 'POST' ? text : undefined });
}

async function problemIn(answer: Promise<Response>): Promise<[number, string]> {
  const response = await answer;
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = Problem.parse(await response.json());
  expect(problem.status).toBe(response.status);
  return [problem.status, problem.code];
}

test('a worker registers with the token of the stack and gets one of its own, and its terms', async () => {
  const answer = await post('/worker/v1/sessions', worker, { token: stackToken });
  expect(answer.status).toBe(201);
  expect(await answer.json()).toMatchObject({ session: '7', token: sessionToken, heartbeatSec: expect.any(Number) });
});

test('where a site sets a short term, its workers beat three times in it', async () => {
  askBroker = (() => Promise.resolve({ session: '7', suspectSec: 6, orphanSec: 30, cutOffStopSec: 600 })) as AskBroker;
  const answer = await post('/worker/v1/sessions', worker, { token: stackToken });
  expect(await answer.json()).toMatchObject({ heartbeatSec: 2, suspectSec: 6, orphanSec: 30, cutOffStopSec: 600 });
});

test.each<[string, string, string | undefined, number]>([
  ['no token', '/worker/v1/lease', undefined, 401],
  ['garbage', '/worker/v1/lease', 'garbage', 401],
  ['a forged session', '/worker/v1/lease', `s.8.${sessionToken.slice(4)}`, 401],
  ["the stack's token on a session's route", '/worker/v1/lease', stackToken, 403],
  ["a session's token on the stack's route", '/worker/v1/sessions', sessionToken, 403],
])('%s is refused', async (_what, path, token, status) => {
  expect((await problemIn(post(path, lease, { token })))[0]).toBe(status);
});

test.each(['pool-of-s', 'pool-of-all'])('a worker registers with %s as well, and its token tells so', async (token) => {
  const answer = await post('/worker/v1/sessions', worker, { token });
  expect(answer.status).toBe(201);
  const { token: opened } = (await answer.json()) as { token: string };
  expect(tokens.read(opened)).toMatchObject({ session: '7', opener: pools.get(token)?.id });
});

test("another site's pool token lets no worker in, nor does it open a session's route", async () => {
  expect((await problemIn(post('/worker/v1/sessions', worker, { token: 'pool-of-t' })))[0]).toBe(403);
  expect((await problemIn(post('/worker/v1/lease', lease, { token: 'pool-of-s' })))[0]).toBe(403);
});

const beat = { upMs: 1, heldCount: 0, heldHash: 0, leaseSeen: null, batches: [], draining: false };
const events = [{ lease: 0, job: '16:0', attempt: 1, outcome: 'finished', endedAtMs: 1 }];
const ids = { batchId: '11111111-1111-4111-8111-111111111111', session: '7', partition: 0 };
const batch = { ...ids, leases: [{ id: '1', token: 't' }], events };

test.each<[string, string, () => void]>([
  ['has ended', 'auth/expired', () => (clockMs += hourMs)],
  ['was opened with a token that was revoked', 'auth/revoked', () => revoked.add('0')],
])('a session whose token %s gets no work and beats no more; it reports and ends', async (_what, code, befall) => {
  const token = tokens.sign('7');
  befall();
  expect(await problemIn(post('/worker/v1/lease', lease, { token }))).toEqual([401, code]);
  expect(await problemIn(post('/worker/v1/heartbeat', beat, { token }))).toEqual([401, code]);
  expect((await post('/worker/v1/report', batch, { token })).status).toBe(200);
  expect((await post('/worker/v1/sessions/end', {}, { token })).status).toBe(204);
});

test('half an hour on, a beat brings the next token', async () => {
  const answer = { session: '7', kill: [], verdicts: [], drain: false, listHeld: false };
  askBroker = (() => Promise.resolve({ answers: [answer] })) as AskBroker;
  const token = tokens.sign('7', '12');
  const early = (await (await post('/worker/v1/heartbeat', beat, { token })).json()) as { token?: string };
  expect(early.token).toBeUndefined();
  clockMs += hourMs / 2;
  const late = (await (await post('/worker/v1/heartbeat', beat, { token })).json()) as { token?: string };
  expect(tokens.read(late.token ?? '')).toMatchObject({ session: '7', opener: '12' });
});

test.each<[string, Parameters<typeof post>, number]>([
  ['a wrong shape', ['/worker/v1/lease', { requestId: 1 }, {}], 422],
  ['no JSON', ['/worker/v1/lease', '{', {}], 400],
  ['another content type', ['/worker/v1/lease', lease, { type: 'text/plain' }], 415],
  ['another charset', ['/worker/v1/lease', lease, { type: 'application/json; charset=utf-16' }], 415],
  ['another method', ['/worker/v1/lease', '', { method: 'GET' }], 405],
  ['another address', ['/worker/v1/nothing', lease, {}], 404],
  ['the name of an inherited property', ['/worker/v1/__proto__', lease, {}], 404],
  ['a body over 1 MiB', ['/worker/v1/lease', ' '.repeat(1024 * 1024 + 1), {}], 413],
])('%s is refused as such', async (_what, [path, body, options], status) => {
  expect((await problemIn(post(path, body, { token: sessionToken, ...options })))[0]).toBe(status);
});

test('a lease is the very text that the broker sent', async () => {
  const answer = post('/worker/v1/lease', lease, { token: sessionToken });
  while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(asked[0]?.asks).toMatchObject([{ session: '7', requestId: 'r1', max: 1, again: false }]);
  polls.answer({ answers: [{ session: '7', requestId: 'r1', body: '{"x" : 1}' }] });
  expect(await (await answer).text()).toBe('{"x" : 1}');
});

test('a worker that hangs up is taken off the list of those who wait', async () => {
  const { port } = server.address() as AddressInfo;
  const hangUp = new AbortController();
  const call = fetch(`http://127.0.0.1:${port}/worker/v1/lease`, {
    ...{ method: 'POST', signal: hangUp.signal, body: JSON.stringify(lease) },
    headers: { 'content-type': 'application/json', authorization: `Bearer ${sessionToken}` },
  });
  while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  hangUp.abort();
  await expect(call).rejects.toThrow();
  while (asked.length === 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(asked[1]?.gone).toEqual([{ session: '7', requestId: 'r1' }]);
});

test('a beat of a session that is over says so', async () => {
  expect(await problemIn(post('/worker/v1/heartbeat', beat, { token: sessionToken }))).toEqual([410, 'session/gone']);
});

test('without a stream a report is not accepted: 503, come back', async () => {
  streamThere = false;
  const answer = post('/worker/v1/report', batch, { token: sessionToken });
  expect((await answer).headers.get('retry-after')).toBe('1');
  expect((await answer).status).toBe(503);
});

test('a bug of ours is 500 and tells nothing of its inside', async () => {
  askBroker = () => Promise.reject(new TypeError('secret inside'));
  const answer = await post('/worker/v1/sessions', worker, { token: stackToken });
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain('secret');
});

test('a clean exit has no body', async () => {
  const answer = await post('/worker/v1/sessions/end', {}, { token: sessionToken });
  expect([answer.status, await answer.text()]).toEqual([204, '']);
});
