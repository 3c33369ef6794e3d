import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { documentErrorCodes, documentErrorsMax, type DocumentRefusal } from '#contracts';
import type { CheckedJob } from '#core';
import { checkChunk, checkHeader, chunksOf, DocumentRefused, JobChecker, readDocument } from '#documents';
import { badTextsIn, expectedJob, lossesOf, readPlain, type PlainDocument } from './plain-reader.js';

/** What the client makes of some bytes: a refusal, or what it would send. */
export type Verdict =
  | { refusal: DocumentRefusal }
  | { refusal: null; format: string; header: unknown; lines: string[]; chunks: Buffer[]; jobs: CheckedJob[] };

/** Small, so that most documents are several chunks. */
const cut = { bytes: 2_000, jobs: 5 };

/** @throws whatever is not a refusal: a bug. */
export async function verdictOf(bytes: Buffer, blockBytes = 1_000): Promise<Verdict> {
  try {
    const document = await readDocument(Readable.from(blocksOf(bytes, blockBytes)));
    const chunks: Buffer[] = [];
    for await (const { body } of chunksOf(document, cut)) chunks.push(body);
    const lines = chunks.flatMap((body) => body.toString().split('\n').slice(0, -1));
    return {
      refusal: null,
      format: document.format,
      header: document.header,
      lines,
      chunks,
      jobs: await storedJobs(document.header, chunks),
    };
  } catch (error) {
    if (error instanceof DocumentRefused) return { refusal: error.refusal };
    throw error;
  }
}

function blocksOf(bytes: Buffer, size: number): Buffer[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** The jobs as the gateway would store them, from the chunks that the client would send. */
async function storedJobs(header: unknown, chunks: readonly Buffer[]): Promise<CheckedJob[]> {
  const checked = checkHeader(header);
  if ('refusal' in checked) throw new Error('the header is good for the client and bad for the gateway');
  const checker = new JobChecker(checked.header);
  const jobs: CheckedJob[] = [];
  for (const body of chunks) {
    const chunk = await checkChunk(body, checker, { firstOrdinal: jobs.length });
    if ('refusal' in chunk)
      throw new Error(`the gateway refuses a chunk of the client: ${JSON.stringify(chunk.refusal)}`);
    jobs.push(...chunk.jobs);
  }
  return jobs;
}

/** What is wrong with a refusal itself: it must help whoever reads it. */
export function refusalFaults({ errors, counts }: DocumentRefusal): string[] {
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const faults = [
    ...(errors.length === 0 ? ['it names no error'] : []),
    ...(errors.length > documentErrorsMax ? [`it lists ${errors.length} errors`] : []),
    ...(errors.length === Math.min(total, documentErrorsMax) ? [] : [`it lists ${errors.length} of ${total}`]),
    ...Object.entries(counts).flatMap(([code, n]) => {
      const listed = errors.filter((error) => error.code === code).length;
      const fits = total <= documentErrorsMax ? listed === n : listed <= n;
      return fits && n > 0 ? [] : [`it counts ${n} ${code} and lists ${listed}`];
    }),
  ];
  return [...faults, ...errors.flatMap(errorFaults)];
}

/** `/pointer`, or `line N, column M` with a pointer after a comma or in brackets. */
const place = /^(?:\/|(?:\/jobs)?\/.+|line \d+(?:, column \d+)?(?:, \/.*| \(\/.*\))?)$/s;
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

function errorFaults({ code, where, message, remedy }: DocumentRefusal['errors'][number]): string[] {
  const named = `${code} ${where}`;
  return [
    ...(documentErrorCodes.includes(code) ? [] : [`${named}: no such code`]),
    ...(place.test(where) ? [] : [`${named}: no place`]),
    ...(message.length > 5 && message.length < 2_000 ? [] : [`${named}: the message is ${message.length} long`]),
    ...(remedy.length > 5 ? [] : [`${named}: no remedy`]),
    ...(unsafe.test(message + remedy) ? [`${named}: a terminal would obey its message`] : []),
  ];
}

/** Where what was taken is not what the bytes say. */
export function readingFaults(bytes: Buffer, verdict: Extract<Verdict, { refusal: null }>): string[] {
  if (verdict.format !== 'json' && verdict.format !== 'yaml' && verdict.format !== 'ndjson') return [];
  const plain = readPlain(bytes, verdict.format);
  if (plain === null) return [`a plain reader cannot read this ${verdict.format}`];
  return [
    ...contentFaults(plain, verdict),
    ...badTextsIn([plain.header, plain.jobs]).map((text) => `the text ${JSON.stringify(text)} was taken`),
    ...verdict.lines.flatMap(lossesOf),
  ];
}

const isSame = (a: unknown, b: unknown): boolean => isDeepStrictEqual(withoutSign(a), withoutSign(b));

/** -0 is 0: JSON.stringify writes it so. */
function withoutSign(value: unknown): unknown {
  if (Object.is(value, -0)) return 0;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutSign);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSign(item)]));
}

function contentFaults(plain: PlainDocument, { header, lines, jobs }: Extract<Verdict, { refusal: null }>): string[] {
  const read = lines.map((line) => JSON.parse(line) as unknown);
  const faults = [
    ...(isSame(header, plain.header) ? [] : ['the header is not what was written']),
    ...(isSame(read, plain.jobs) ? [] : ['the jobs are not those that were written']),
  ];
  if (faults.length > 0 || jobs.length !== plain.jobs.length) return [...faults, `${jobs.length} jobs are stored`];
  return jobs.flatMap((job, i) => {
    const stored = { ...job, spec: job.spec === null ? null : (JSON.parse(job.spec) as unknown) };
    const expected = expectedJob(plain.jobs[i], plain.header as Record<string, unknown>);
    return isSame(stored, expected) ? [] : [`job ${i} is stored as ${JSON.stringify(stored)}`];
  });
}
