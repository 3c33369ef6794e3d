import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { documentErrorsMax, documentLimits, type DocumentRefusal, type SizeLimits } from '#contracts';
import { checkChunk, type CheckedChunk } from './check-chunk.js';
import { chunkLimits, chunksOf, type ChunkLimits, type DocumentChunk } from './chunk.js';
import { checkHeader } from './header.js';
import { JobChecker } from './job-checker.js';
import { readDocument } from './read-document.js';
import { DocumentRefused, refusalStatus } from './refusal.js';

const header = { apiVersion: 'sluice/v1', name: 'w', templates: { t: { transform: 'noop' } } };

const lineOf = (i: number): string => JSON.stringify({ name: `job_${i}`, ...(i > 0 ? { after: [i - 1, 0] } : {}) });

const linesFor = (jobs: number): string[] => Array.from({ length: jobs }, (_, i) => lineOf(i));

async function allOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

async function chunksFor(lines: readonly string[], cut?: ChunkLimits, limits?: SizeLimits): Promise<DocumentChunk[]> {
  const text = [JSON.stringify(header), ...lines].join('\n');
  return allOf(chunksOf(await readDocument(Readable.from([Buffer.from(text)])), cut, limits));
}

async function refusalFor(lines: readonly string[], limits?: SizeLimits): Promise<DocumentRefusal> {
  try {
    await chunksFor(lines, chunkLimits, limits);
  } catch (error) {
    if (error instanceof DocumentRefused) return error.refusal;
    throw error;
  }
  throw new Error('the document was taken');
}

function checker(): JobChecker {
  const checked = checkHeader(header);
  if ('refusal' in checked) throw new Error('bad header');
  return new JobChecker(checked.header);
}

async function stored(source: Uint8Array | AsyncIterable<Uint8Array>, firstOrdinal = 0): Promise<CheckedChunk> {
  const checked = await checkChunk(source, checker(), { firstOrdinal });
  if ('refusal' in checked) throw new Error(JSON.stringify(checked.refusal));
  return checked;
}

async function refused(source: Uint8Array, firstOrdinal = 0): Promise<string[]> {
  const checked = await checkChunk(source, checker(), { firstOrdinal });
  return 'refusal' in checked ? checked.refusal.errors.map(({ code, where }) => `${code} ${where}`) : [];
}

test('chunks are numbered, whole lines, within the limits, and add up to the document', async () => {
  const lines = linesFor(1_000);
  const chunks = await chunksFor(lines, { bytes: 2_000, jobs: 50 });
  expect(chunks.map(({ no }) => no)).toEqual(chunks.map((_, i) => i));
  expect(Buffer.concat(chunks.map(({ body }) => body)).toString()).toBe(`${lines.join('\n')}\n`);
  let next = 0;
  for (const { firstOrdinal, jobs, body } of chunks) {
    expect(firstOrdinal).toBe(next);
    expect(body.length).toBeLessThanOrEqual(2_000);
    expect(jobs).toBeLessThanOrEqual(50);
    next += jobs;
  }
  // Job 0 has no parent, job 1 names the same one twice, the other 998 have two.
  expect(chunks.at(-1)?.seal).toMatchObject({ chunkCount: chunks.length, jobCount: 1_000, edgeCount: 1 + 998 * 2 });
});

test('the hash of the seal is the hash over the hashes of the chunks in order', async () => {
  const chunks = await chunksFor(linesFor(100), { bytes: 1_000, jobs: 20_000 });
  const digests = chunks.map(({ body }) => createHash('sha256').update(body).digest());
  expect(chunks.map(({ sha256 }) => sha256)).toEqual(digests);
  expect(chunks.at(-1)?.seal.hash).toBe(createHash('sha256').update(Buffer.concat(digests)).digest('hex'));
});

test('a line longer than a chunk travels alone', async () => {
  const long = JSON.stringify({ name: 'long', vars: { x: 'x'.repeat(500) } });
  const chunks = await chunksFor([lineOf(0), long, lineOf(2)], { bytes: 200, jobs: 10 });
  expect(chunks.map(({ jobs }) => jobs)).toEqual([1, 1, 1]);
});

test('the server finds in each chunk what the client counted', async () => {
  for (const chunk of await chunksFor(linesFor(500), { bytes: 3_000, jobs: 100 })) {
    for (const body of [chunk.body, gzipSync(chunk.body), Readable.from([chunk.body])]) {
      const { jobs, edges, sha256 } = await stored(body, chunk.firstOrdinal);
      expect([jobs.length, edges, sha256]).toEqual([chunk.jobs, chunk.edges, chunk.sha256]);
      expect(jobs[0]?.name).toBe(`job_${chunk.firstOrdinal}`);
    }
  }
});

test('a YAML document makes the same jobs as NDJSON', async () => {
  const text = `${JSON.stringify(header).slice(0, -1)}, "jobs": [${linesFor(5).join(',')}]}`;
  const asYaml = `# a comment makes it YAML\n${text}`;
  const [fromJson] = await allOf(chunksOf(await readDocument(Readable.from([Buffer.from(text)]))));
  const [fromYaml] = await allOf(chunksOf(await readDocument(Readable.from([Buffer.from(asYaml)]))));
  const [fromLines] = await chunksFor(linesFor(5));
  expect(fromJson).toEqual(fromLines);
  expect(fromYaml).toEqual(fromLines);
});

test('all faults of a document come at once: the first hundred in full, each code counted', async () => {
  const lines = linesFor(300).map((line, i) => (i % 2 ? line : `{"name":"bad_${i}","template":"none"}`));
  const refusal = await refusalFor([...lines, '{']);
  expect(refusal.errors).toHaveLength(documentErrorsMax);
  expect(refusal.errors[1]).toMatchObject({ code: 'UNKNOWN_TEMPLATE', where: 'line 4, /template', job: 'bad_2' });
  expect(refusal.counts).toEqual({ UNKNOWN_TEMPLATE: 150, BAD_SYNTAX: 1 });
});

test('a text that cannot be read is status 400, anything else 422', async () => {
  expect(refusalStatus(await refusalFor(['{']))).toBe(400);
  expect(refusalStatus(await refusalFor(['{}']))).toBe(422);
});

test('a document without jobs is EMPTY', async () => {
  expect((await refusalFor([])).counts).toEqual({ EMPTY: 1 });
});

test('a document that lost a line is a COUNT_MISMATCH, and its last chunk is not handed out', async () => {
  const lines = linesFor(10);
  const whole = JSON.stringify({ ...header, jobCount: 10, edgeCount: 17 });
  const seen: number[] = [];
  const read = async (kept: readonly string[]): Promise<void> => {
    const document = await readDocument(Readable.from([Buffer.from([whole, ...kept].join('\n'))]));
    for await (const { no } of chunksOf(document)) seen.push(no);
  };
  await expect(read(lines.slice(0, 9))).rejects.toMatchObject({ refusal: { counts: { COUNT_MISMATCH: 2 } } });
  expect(seen).toEqual([]);
  await read(lines);
  expect(seen).toEqual([0]);
});

test('after a faulty job no chunk is handed out any more', async () => {
  const text = [JSON.stringify(header), ...linesFor(100), '{}', ...linesFor(100)].join('\n');
  const seen: number[] = [];
  const reading = (async (): Promise<void> => {
    const document = await readDocument(Readable.from([Buffer.from(text)]));
    for await (const { no } of chunksOf(document, { ...chunkLimits, jobs: 40 })) seen.push(no);
  })();
  await expect(reading).rejects.toBeInstanceOf(DocumentRefused);
  expect(seen).toEqual([0, 1]);
});

test('a document over a limit that was set is refused with that limit, one at the limit is taken', async () => {
  const limits = { ...documentLimits, jobs: 10, edges: 17 };
  expect(await chunksFor(linesFor(10), chunkLimits, limits)).toHaveLength(1);
  expect((await refusalFor(linesFor(11), limits)).errors).toMatchObject([
    { code: 'TOO_LARGE', message: 'the document has more than 10 jobs' },
  ]);
  expect((await refusalFor(linesFor(10), { ...limits, edges: 16 })).errors).toMatchObject([
    { code: 'TOO_LARGE', message: 'the document has more than 16 edges' },
  ]);
  expect((await refusalFor(linesFor(10), { ...limits, parentsOfOneJob: 1 })).errors[0]).toMatchObject({
    ...{ code: 'TOO_LARGE', where: 'line 3, /after', message: 'job "job_1" has 2 parents; the limit is 1' },
  });
});

test('places in a chunk are its own lines, with the job that stands there', async () => {
  const body = Buffer.from(`${lineOf(0)}\n\n{"name":"b","after":[-1]}\n{"name":\n`);
  expect(await refused(body)).toEqual(['RANGE line 3, /after/0', 'BAD_SYNTAX line 4, column 9']);
});

test('a chunk is refused when it is empty, too long or past the limit of jobs', async () => {
  expect(await refused(Buffer.from('\n\n'))).toEqual(['EMPTY /']);
  expect(await refused(Buffer.alloc(0))).toEqual(['EMPTY /']);
  const many = Buffer.from('{"name":"a"}\n'.repeat(20_001));
  expect(await refused(many)).toEqual(['TOO_LARGE line 20001']);
  expect(await refused(many.subarray(0, -1))).toEqual(['TOO_LARGE line 20001']);
  expect(await refused(many.subarray(13))).toEqual([]);
  expect(await refused(Buffer.from('{"name":"a"}\n'), 5_000_000)).toEqual(['TOO_LARGE /jobs']);
  expect(await refused(Buffer.alloc(8 * 1024 * 1024 + 1, `{"name":"${'a'.repeat(3_000)}"}\n`))).toEqual([
    'TOO_LARGE /',
  ]);
});

test('a gzip bomb is cut off, of blanks by its lines, of anything else at 64 MiB', async () => {
  const blanks = gzipSync(Buffer.alloc(80 * 1024 * 1024, '\n'), { level: 1 });
  expect(await refused(blanks)).toEqual(['TOO_LARGE line 20001']);
  const line = `{"name":"a","params":"${'x'.repeat(4_000_000)}"}\n`;
  const bomb = gzipSync(line.repeat(20), { level: 1 });
  expect(bomb.length).toBeLessThan(1024 * 1024);
  expect(await refused(bomb)).toEqual(['TOO_LARGE /']);
});

test('a sender that goes away in the middle is an error of the sender', async () => {
  async function* broken(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(Buffer.from(`${lineOf(0)}\n`));
    throw new Error('ECONNRESET');
  }
  await expect(checkChunk(broken(), checker(), { firstOrdinal: 0 })).rejects.toThrow('ECONNRESET');
});
