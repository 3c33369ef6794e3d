/**
 * Goal: whatever is sent, by the interface's own document or against it, is answered as that document says: never 5xx, every
 * refusal a problem with a known code and nothing of ours in it, every answer of the promised shape; and the next good
 * request works. API_CALLS tries more, API_SEED begins elsewhere, API_SEC is the longest time.
 */
import { Agent, request as httpRequest } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { openApi, Problem, publishedSchemas, type RegisterAnswer, routes } from '#contracts';
import { Random } from '#test-kit';
import { all, call, jsonOf, register, submit, token } from '../integration/gateway/gateway-trial.js';
import { textOf } from '../house/repository.js';
import { type ApiCall, ApiCalls } from './api-call.js';

const firstSeed = Number(process.env['API_SEED'] ?? 6_000_000);
const calls = Number(process.env['API_CALLS'] ?? 3_000);
const secMax = Number(process.env['API_SEC'] ?? 40);
const leastCalls = Math.min(calls, 300);
const atOnce = 8;
const problemBytesMax = 16 * 1024;
const answerMs = 20_000;

const codes = new Set([...textOf('docs/api/problems.md').matchAll(/^\| `([a-z/-]+)` \|/gm)].map(([, code]) => code));
const agent = new Agent({ keepAlive: true, maxSockets: atOnce });

interface Answer {
  status: number;
  type: string;
  requestId: string;
  text: string;
}

function answerOf({ method, path, headers, body }: ApiCall): Promise<Answer> {
  const { hostname, port } = new URL(all.url);
  return new Promise((resolve, reject) => {
    const length = body === null ? {} : { 'content-length': String(body.length) };
    const sent = httpRequest(
      { agent, hostname, port, method, path, headers: { ...headers, ...length } },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(parts);
          const isPacked = response.headers['content-encoding'] === 'gzip' && bytes.length > 0;
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            requestId: String(response.headers['x-request-id'] ?? ''),
            text: (isPacked ? gunzipSync(bytes) : bytes).toString(),
          });
        });
      },
    );
    sent.setTimeout(answerMs, () => sent.destroy(new Error('no answer in time')));
    sent.on('error', reject);
    sent.end(body ?? undefined);
  });
}

/** Where the last step of an address is empty it is the address of the list. */
const askedRoute = ({ route, path }: ApiCall): string =>
  path.split('?', 1)[0]?.endsWith('/') ? route.replace(/\/\{\w+\}$/, '') : route;

/** What is wrong with an answer; empty: nothing. */
function faultsOf(made: ApiCall, { status, type, requestId, text }: Answer): string[] {
  // The one answer that may say so: a machine that is busy with tests is not ready in time.
  const maySay = made.route === 'GET /health/ready' && status === 503;
  if (status >= 500 && !maySay) return [`answered ${status}: ${text.slice(0, 300)}`];
  const faults = requestId === '' ? ['without X-Request-Id'] : [];
  if (text.includes(token)) faults.push('the answer holds the token');
  if (status >= 400) return [...faults, ...(made.method === 'HEAD' ? [] : problemFaults(text, { status, type }))];
  const route = routes.find((each) => `${each.method} ${each.path.replace(/:(\w+)/g, '{$1}')}` === askedRoute(made));
  if (
    route?.method !== made.method ||
    status !== route.answer.status ||
    !route.answer.schema ||
    type !== 'application/json'
  )
    return faults;
  const read = publishedSchemas[route.answer.schema].safeParse(JSON.parse(text));
  return read.success ? faults : [...faults, `not the promised shape: ${read.error.message.slice(0, 300)}`];
}

function problemFaults(text: string, { status, type }: Pick<Answer, 'status' | 'type'>): string[] {
  if (type !== 'application/problem+json') return [`${status} as ${type}: ${text.slice(0, 200)}`];
  const read = Problem.safeParse(JSON.parse(text));
  if (!read.success) return [`${status} is no problem: ${text.slice(0, 200)}`];
  const { code, status: said, type: address } = read.data;
  return [
    ...(said === status ? [] : [`says ${said}, is ${status}`]),
    ...(codes.has(code) ? [] : [`the code ${code} is not in docs/api/problems.md`]),
    ...(address.endsWith(`/${code}`) ? [] : [`its type ${address} is not of its code`]),
    ...(text.length <= problemBytesMax ? [] : [`a problem of ${text.length} characters`]),
    ...(/\n\s+at |node_modules|\.js:\d+|pg_|SQLSTATE/.test(text) ? [`tells of our inside: ${text.slice(0, 300)}`] : []),
  ];
}

test(
  `no call is answered with 5xx, and every refusal is a known problem (seeds from ${firstSeed})`,
  async () => {
    const ids = [
      await submit('fuzzed', [{ name: 'a' }, { name: 'b', after: ['a'] }]),
      await submit('fuzzed too', [{ name: 'a' }]),
    ];
    const worker: RegisterAnswer = await register();
    const drawn = new ApiCalls(openApi(), {
      workflows: [...ids, 'last', 'fuzzed', 'fuzz*'],
      jobs: ['0', 'a', 'work/a', '1'],
      others: ['S', 'USDF', worker.session, 'user', 'named', 'ann', '0', '1'],
      tokens: { stack: token, session: worker.token },
    });
    const seen = { calls: 0, done: 0, refused: 0, routes: new Set<string>(), codes: new Set<string>() };
    const faults: string[] = [];
    const endsAt = Date.now() + secMax * 1_000;
    let next = 0;
    const one = async (): Promise<void> => {
      while (next < calls && Date.now() < endsAt && faults.length < 10) {
        const seed = firstSeed + next++;
        const made = drawn.draw(new Random(seed));
        const answer = await answerOf(made).catch((fault: Error) => fault);
        seen.calls += 1;
        const told = `seed ${seed}: ${made.method} ${made.path.slice(0, 200)} ${made.body?.toString().slice(0, 300) ?? ''}`;
        if (answer instanceof Error) {
          faults.push(`${told}: ${answer.message}`);
          continue;
        }
        seen.routes.add(made.route);
        if (answer.status < 400) seen.done += 1;
        else seen.refused += 1;
        const code = answer.status < 400 ? undefined : /"code":"([a-z/-]+)"/.exec(answer.text)?.[1];
        if (code !== undefined) seen.codes.add(code);
        faults.push(...faultsOf(made, answer).map((fault) => `${told}: ${fault}`));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, one));
    agent.destroy();
    expect(faults).toEqual([]);
    expect(all.log.split('\n').filter((line) => line.includes('this is a bug'))).toEqual([]);
    expect(seen.calls).toBeGreaterThanOrEqual(leastCalls);
    expect(seen.routes.size).toBeGreaterThan(routes.length * 0.9);
    expect(seen.done).toBeGreaterThan(seen.calls / 10);
    expect(seen.refused).toBeGreaterThan(seen.calls / 10);
    expect(seen.codes.size).toBeGreaterThan(10);
    expect((await jsonOf<{ status: string }>(call('GET', '/health/ready'))).status).toBe('ready');
    await submit('after all that', [{ name: 'a' }]);
    process.stderr.write(
      `${seen.calls} calls: ${seen.done} done, ${seen.refused} refused for ${seen.codes.size} codes\n`,
    );
  },
  (secMax + 60) * 1_000,
);
