/** Goal: what the environment says about uploads holds in the services: largest workflow, and how long a rest is kept. */
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ProblemError, SluiceClient, type SubmitAnswer } from '#client';
import { DocumentHeader, type SizeLimits } from '#contracts';
import { chunkLimits, chunksOf, readDocument } from '#documents';
import { TestStack, until } from '#test-kit';

const keepSec = 3;
/** Of the client only: it is to send what the server refuses. */
const noLimits: SizeLimits = { jobs: 1_000, edges: 1_000, parentsOfOneJob: 1_000 };

let stack: TestStack;
beforeAll(async () => {
  stack = await TestStack.start({
    environment: {
      ...{ SLUICE_MAX_JOBS: '5', SLUICE_MAX_EDGES: '6', SLUICE_MAX_PARENTS: '3' },
      SLUICE_UPLOAD_KEEP_HOURS: String(keepSec / 3_600),
    },
  });
}, 120_000);
afterAll(() => stack.stop(), 60_000);

async function submit(parents: readonly (readonly number[])[], header: object = {}): Promise<SubmitAnswer> {
  const client = new SluiceClient({ url: stack.urls[0] ?? '', token: stack.token });
  const head = { apiVersion: 'sluice/v1', name: 'w', templates: { t: { transform: 'noop' } }, ...header };
  const lines = [head, ...parents.map((after, i) => ({ name: `j${i}`, after }))];
  try {
    const text = lines.map((line) => JSON.stringify(line)).join('\n');
    const document = await readDocument(Readable.from([Buffer.from(text)]));
    const chunks = chunksOf(document, { ...chunkLimits, jobs: 2 }, noLimits);
    return await client.submit({ header: DocumentHeader.parse(head), chunks });
  } finally {
    await client.close();
  }
}

/** Errors of an upload that is refused before its seal, as `code message`. */
async function problem(submission: Promise<SubmitAnswer>): Promise<string[]> {
  const fault = await submission.then(
    () => null,
    (error: unknown) => error as ProblemError,
  );
  return (fault?.errors ?? []).map(({ code, message }) => `${code} ${message}`);
}

/** Errors of an upload that is refused at its seal. */
async function refusal(submission: Promise<SubmitAnswer>): Promise<string[]> {
  return ((await submission).refusal?.errors ?? []).map(({ code, message }) => `${code} ${message}`);
}

const noParents = (jobs: number): number[][] => Array.from({ length: jobs }, () => []);

test('a workflow at every limit is sealed; over one it is refused with that limit, as early as it is known', async () => {
  expect(await submit([[], [], [], [0, 1, 2], [1, 2, 3]])).toMatchObject({ state: 'sealed' });
  expect(await problem(submit(noParents(1), { jobCount: 6 }))).toEqual(['TOO_LARGE jobCount is 6; the limit is 5']);
  expect(await problem(submit(noParents(6)))).toEqual(['TOO_LARGE the document has more than 5 jobs']);
  expect(await problem(submit([[], [], [], [], [0, 1, 2, 3]]))).toEqual([
    'TOO_LARGE job "j4" has 4 parents; the limit is 3',
  ]);
  expect(await refusal(submit([[], [], [0, 1], [0, 1, 2], [1, 2]]))).toEqual([
    'TOO_LARGE the document has more than 6 edges',
  ]);
});

test('an upload that nobody goes on with is gone soon after its time, refused ones leave no job', async () => {
  const left = 'select (select count(*)::int from job) as jobs, (select count(*)::int from upload_chunk) as chunks';
  await until('the removal', keepSec * 4_000, async () => {
    const open = await stack.rows("select 1 from workflow where upload_state = 'uploading'");
    const [rows] = await stack.rows<{ jobs: number; chunks: number }>(left);
    return open.length === 0 && rows?.jobs === 5 && rows.chunks === 0;
  });
  const states = await stack.rows(
    'select upload_state as state, count(*)::int as n from workflow group by 1 order by 1',
  );
  expect(states).toEqual([
    { state: 'refused', n: 1 },
    { state: 'sealed', n: 1 },
  ]);
}, 60_000);
