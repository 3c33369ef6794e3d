// Goal: every bad input of the list is refused as it says there, in words that help, and nothing comes of it.
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Problem, type UploadView } from '#contracts';
import { textOf } from '../../house/repository.js';
import { type BadCall, type BadDocument, type BadInput, badInputs } from './bad-inputs.js';
import {
  all,
  call,
  endSession,
  jsonOf,
  putChunk,
  register,
  sha256,
  show,
  submit,
  until,
  work,
} from './gateway-trial.js';

const codes = new Set([...textOf('docs/api/problems.md').matchAll(/^\| `([a-z/-]+)` \|/gm)].map(([, code]) => code));
let passed = 0;

beforeAll(async () => {
  const ended = await submit('ended', [{ name: 'a' }]);
  const worker = await register();
  await work(worker);
  await until(async () => (await show(ended)).workflow.state === 'done');
  await endSession(worker);
  await submit('there', [{ name: 'there' }]);
  await submit('theirs', [{ name: 'theirs' }], {}, { owner: 'bob' });
  await jsonOf(call('PUT', '/api/v1/spaces/ann', { json: { outputPrefix: '/u/ann' } }));
}, 60_000);

afterAll(() => void process.stderr.write(`bad inputs: ${passed} of ${badInputs.length}\n`));

interface Told {
  status: number;
  problem: Problem | null;
  headers: Headers;
  bytes: number;
}

async function toldBy(answer: Response): Promise<Told> {
  const { status, headers } = answer;
  const text = await answer.text();
  const isProblem = headers.get('content-type') === 'application/problem+json';
  return {
    status,
    headers,
    problem: isProblem ? Problem.parse(JSON.parse(text)) : null,
    bytes: Buffer.byteLength(text),
  };
}

const sendCall = ({ path, method = 'GET', ...rest }: BadCall): Promise<Told> => call(method, path, rest).then(toldBy);

/** Sends a document as a client does that checks nothing, until it is refused or sealed. */
async function sendDocument({ header, lines }: BadDocument): Promise<Told> {
  const good = { apiVersion: 'sluice/v1', name: 'bad input', templates: { work: { transform: 'noop' } } };
  const json = typeof header === 'string' ? header : JSON.stringify({ ...good, ...header });
  const opened = await call('POST', '/api/v1/workflows', {
    body: json,
    headers: { 'content-type': 'application/json' },
  });
  if (!opened.ok) return toldBy(opened);
  const { id } = (await opened.json()) as { id: string };
  const body = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
  const stored = body === '' ? null : await putChunk(id, 0, body);
  if (stored && !stored.ok) return toldBy(stored);
  const { edges = 0 } = stored ? ((await stored.json()) as { edges: number }) : {};
  const hash = (stored ? sha256(sha256(body)) : sha256('')).toString('hex');
  const seal = { chunkCount: stored ? 1 : 0, jobCount: lines.length, edgeCount: edges, hash };
  const sealing = await call('POST', `/api/v1/workflows/${id}/seal`, { json: seal });
  if (!sealing.ok) return toldBy(sealing);
  const view = async (): Promise<UploadView> => jsonOf(call('GET', `/api/v1/workflows/${id}/upload`));
  await until(async () => ['sealed', 'refused'].includes((await view()).state));
  const done =
    (await view()).state === 'sealed' ? sealing : await call('POST', `/api/v1/workflows/${id}/seal`, { json: seal });
  return done === sealing ? { status: 201, problem: null, headers: sealing.headers, bytes: 0 } : toldBy(done);
}

function sendBytes(bytes: string): Promise<Told> {
  const { hostname, port } = new URL(all.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = '';
    socket.setEncoding('latin1').on('data', (part: string) => (text += part));
    socket.setTimeout(5_000, () => socket.destroy()).on('error', reject);
    socket.on('close', () => {
      const [head = '', body = ''] = text.split('\r\n\r\n', 2);
      const problem = /application\/problem\+json/i.test(head) ? Problem.parse(JSON.parse(body)) : null;
      resolve({ status: Number(head.slice(9, 12)), problem, headers: new Headers(), bytes: body.length });
    });
  });
}

const send = (input: BadInput): Promise<Told> =>
  'document' in input ? sendDocument(input.document) : 'call' in input ? sendCall(input.call) : sendBytes(input.bytes);

const visible = async (): Promise<number> =>
  (await jsonOf<{ workflows: object[] }>(call('GET', '/api/v1/workflows?limit=1000'))).workflows.length;

test.each(badInputs.map((input) => [input.id, input.what, input] as const))(
  '%s %s',
  async (_, __, input) => {
    const before = await visible();
    const { status, problem, headers, bytes } = await send(input);
    expect(headers.get('access-control-allow-origin')).toBeNull();
    if (input.is === 'taken') {
      expect([status < 300, problem]).toEqual([true, null]);
    } else {
      const { status: expected, code, error } = input.is;
      expect(problem).toMatchObject({ status: expected, ...(code !== undefined && { code }) });
      expect(status).toBe(expected);
      expect(codes).toContain(problem?.code);
      if (error !== undefined) expect(problem?.errors?.map((each) => each.code)).toContain(error);
      expect(bytes).toBeLessThanOrEqual(16 * 1024);
      expect(JSON.stringify(problem)).not.toMatch(/node_modules|\n\s+at |SQLSTATE/);
      expect(await visible()).toBe(before);
    }
    expect((await call('GET', '/health/live')).status).toBe(200);
    passed += 1;
  },
  30_000,
);
