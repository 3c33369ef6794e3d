/**
 * Goal: the server makes of a document what the client makes of it: what the client takes is sealed or refused for the
 * whole, what the client refuses leaves nothing behind, nothing is answered with 5xx. Lines go to the server as they are.
 * FUZZ_SEED begins elsewhere, FUZZ_CASES tries more.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { UploadView } from '#contracts';
import { Random, TestStack, until } from '#test-kit';
import { mutateBytes } from './mutate-bytes.js';
import { disturb, rawMark, wholeWrongs, wrongs } from './mutate-value.js';
import { wholeFaults } from './plain-reader.js';
import { randomDocument } from './random-document.js';
import { verdictOf } from './verdict.js';
import { written } from './written.js';

const firstSeed = Number(process.env['FUZZ_SEED'] ?? 2_000_000);
const cases = Number(process.env['FUZZ_CASES'] ?? 200);
const atOnce = 4;
const jestMs = 60_000 + cases * 1_000;

let stack: TestStack;
beforeAll(async () => {
  stack = await TestStack.start({});
}, 120_000);
afterAll(() => stack.stop(), 60_000);

interface Answer {
  status: number;
  body: unknown;
}

async function call(method: string, path: string, type: string, body?: string | Buffer): Promise<Answer> {
  const headers = { authorization: `Bearer ${stack.token}`, 'content-type': type };
  const content = typeof body === 'object' ? new Uint8Array(body) : body;
  const answer = await fetch(`${stack.urls[0]}/api/v1/workflows${path}`, { method, headers, body: content });
  const text = await answer.text();
  return { status: answer.status, body: JSON.parse(text) };
}

/** What the server made of it: the codes of its refusal, or none. `at`: where it was refused. */
interface Outcome {
  id: string;
  at: 'header' | 'chunk' | 'seal' | null;
  status: number;
  codes: string[];
}

/** Sends the lines of NDJSON as they are, the header first, without a look at them. */
async function sent(bytes: Buffer, edgeCount: number): Promise<Outcome> {
  const lines = bytes
    .toString('latin1')
    .split('\n')
    .map((line) => Buffer.from(line, 'latin1'));
  const headerAt = lines.findIndex((line) => line.toString().trim() !== '');
  const opened = await call('POST', '', 'application/json', lines[headerAt] ?? Buffer.alloc(0));
  if (opened.status !== 201) return { ...codesOf(opened), at: 'header', id: '' };
  const { id } = opened.body as { id: string };
  const rest = bytes.subarray(lines.slice(0, headerAt + 1).reduce((sum, line) => sum + line.length + 1, 0));
  const stored = await call('PUT', `/${id}/chunks/0?firstOrdinal=0`, 'application/x-ndjson', rest);
  if (stored.status !== 200) return { ...codesOf(stored), at: 'chunk', id };
  const sha256 = createHash('sha256').update(rest).digest();
  const hash = createHash('sha256').update(sha256).digest('hex');
  const { jobs } = stored.body as { jobs: number };
  const seal = JSON.stringify({ chunkCount: 1, jobCount: jobs, edgeCount, hash });
  const asked = await call('POST', `/${id}/seal`, 'application/json', seal);
  if (asked.status !== 202) return { ...codesOf(asked), at: 'seal', id };
  return sealed(id);
}

async function sealed(id: string): Promise<Outcome> {
  let view: UploadView | null = null;
  await until(`the seal of ${id}`, 30_000, async () => {
    view = (await call('GET', `/${id}/upload`, 'application/json')).body as UploadView;
    return view.state === 'sealed' || view.state === 'refused';
  });
  const counts = (view as UploadView | null)?.refusal?.counts;
  return counts
    ? { id, at: 'seal', status: 422, codes: Object.keys(counts) }
    : { id, at: null, status: 200, codes: [] };
}

const codesOf = ({ status, body }: Answer): Pick<Outcome, 'status' | 'codes'> => ({
  status,
  codes: Object.keys((body as { counts?: object }).counts ?? {}),
});

function trial(random: Random): Buffer {
  const document = randomDocument(random);
  const kind = random.below(5);
  const wrong = kind === 1 ? random.pick(wrongs) : kind === 2 ? random.pick(wholeWrongs) : null;
  wrong?.do(document, random);
  if (kind === 3) disturb(document, random);
  const text = written(document, 'ndjson', random).toString();
  const bytes = Buffer.from(text.replace(rawMark, () => wrong?.raw ?? rawMark));
  return kind === 4 ? mutateBytes(bytes, random) : bytes;
}

/** @returns what is wrong with the server's outcome, and the jobs that it stores for good */
async function tryOne(seed: number): Promise<{ faults: string[]; kept: string | null; jobs: number }> {
  const bytes = trial(new Random(seed));
  const client = await verdictOf(bytes);
  const edges =
    client.refusal === null ? client.jobs.flatMap((job) => [...job.parents, ...job.endedParents]).length : 0;
  const server = await sent(bytes, edges);
  const told = `seed ${seed}: ${JSON.stringify(server)}`;
  const jobs = client.refusal === null ? client.jobs.length : 0;
  const result = { kept: server.at === null ? server.id : null, jobs };
  if (server.status >= 500) return { ...result, faults: [`${told}: a fault of the server`] };
  if (client.refusal !== null) {
    const codes = Object.keys(client.refusal.counts);
    // A body that is no text at all is refused before anything knows that it is a document.
    const isNoText = server.status === 400 && codes.includes('BAD_SYNTAX');
    const isSame = isNoText || server.at === 'seal' || codes.some((code) => server.codes.includes(code));
    return {
      ...result,
      faults: server.at !== null && isSame ? [] : [`${told}: the client refuses it for ${codes.join()}`],
    };
  }
  if (server.at === 'header' || server.at === 'chunk') return { ...result, faults: [`${told}: the client takes it`] };
  if (client.jobs.some(({ group, kind }) => group !== null || kind === 'group')) return { ...result, faults: [] };
  const whole = wholeFaults(
    client.jobs.map((job) => ({ name: job.name, parents: [...job.parents, ...job.endedParents] })),
  );
  const isExpected = server.codes.length === whole.size && server.codes.every((code) => whole.has(code));
  return { ...result, faults: isExpected ? [] : [`${told}: expected ${[...whole].join()}`] };
}

test(
  `client and server say the same, and only what is sealed is there (seeds from ${firstSeed})`,
  async () => {
    const kept = new Map<string, number>();
    let next = 0;
    const one = async (): Promise<void> => {
      while (next < cases) {
        const { faults, kept: id, jobs } = await tryOne(firstSeed + next++);
        expect(faults).toEqual([]);
        if (id !== null) kept.set(id, jobs);
      }
    };
    await stack.explained(() => Promise.all(Array.from({ length: atOnce }, one)));
    expect(kept.size).toBeGreaterThan(cases / 5);
    expect(kept.size).toBeLessThan(cases);
    const visible = await stack.rows<{ id: string }>(
      "select public_id as id from workflow where upload_state = 'sealed'",
    );
    expect(new Set(visible.map(({ id }) => id))).toEqual(new Set(kept.keys()));
    await until('the discard', 20_000, async () => {
      const left = await stack.rows(
        `select 1 from job j join workflow w on w.id = j.workflow_id where w.upload_state = 'refused' limit 1`,
      );
      return left.length === 0;
    });
  },
  jestMs,
);
