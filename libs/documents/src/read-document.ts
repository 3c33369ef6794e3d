import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import type { DocumentError } from '#contracts';
import { shown } from '#core';
import { atMost, headOf, inflated, joined, type Bytes } from './byte-stream.js';
import { firstLineOf } from './first-line.js';
import { jobOfLine, jsonErrors, type RawJob } from './job-line.js';
import { readJson } from './json-text.js';
import { linesOf } from './line-reader.js';
import type { OpenDocument } from './open-document.js';
import { DocumentRefused, refusalOf } from './refusal.js';
import { isInstance } from './wfformat/instance-shape.js';
import { openLocatedInstance } from './wfformat/located-instance.js';
import { jsonLocator } from './whole/locate-json.js';
import type { Locate, Position } from './whole/locate.js';
import { readYaml } from './yaml-text.js';

/** JSON and YAML are read whole, so they are for small documents; NDJSON has no such limit. */
export const wholeBytesMax: WholeBytes = { json: 256 * 1024 * 1024, yaml: 16 * 1024 * 1024 };

/** How long a document may be that is read whole, by its format. */
export type WholeBytes = Readonly<Record<'json' | 'yaml', number>>;

const batchJobs = 1_000;

/**
 * Opens a document: sluice/v1 as JSON, YAML or NDJSON, or a WfFormat instance, gzip or plain, told apart by what they
 * hold.
 * @param source a path, or the bytes
 * @param bytesMax of the inflated text, where it is read whole
 * @throws DocumentRefused when the text, its header line or the instance cannot be read
 * @throws Error of the file system (ENOENT ...) when the file cannot be
 */
export async function readDocument(source: string | Bytes, bytesMax = wholeBytesMax): Promise<OpenDocument> {
  const bytes = inflated(typeof source === 'string' ? createReadStream(source) : source);
  const { head, rest } = await headOf(bytes, (read) => firstLineOf(read).whole);
  const { bytes: line, no: lineNo } = firstLineOf(head);
  const text = line.toString('utf8');
  const whole = joined(head, rest);
  const begin = text.trimStart()[0];
  if (begin === undefined) throw refused(emptyText);
  if (begin !== '{' && begin !== '[') return readWholeYaml(await gathered(whole, 'yaml', bytesMax));
  const header = headerOfLine(text);
  if (header === null) return readWholeJson(await gathered(whole, 'json', bytesMax));
  // Read as text it would hold other characters than the author wrote.
  if (!isUtf8(line)) throw refused({ ...notUtf8, where: `line ${lineNo}` });
  return { format: 'ndjson', header, jobs: jobsOfLines(whole, lineNo), locate: jsonLocator(text, lineNo) };
}

/** @returns null when the line is not the header of a streamed document: it is cut off, has `jobs` in it, or is an instance. */
function headerOfLine(text: string): object | null {
  const read = readJson(text);
  const isBroken = 'faults' in read && read.faults.some(({ code }) => code === 'BAD_SYNTAX' || code === 'TOO_LARGE');
  if (isBroken) return null;
  if ('faults' in read) throw refused(...jsonErrors(read, text));
  if (typeof read.value !== 'object' || read.value === null || Array.isArray(read.value)) return null;
  return Object.hasOwn(read.value, 'jobs') || isInstance(read.value) ? null : read.value;
}

async function* jobsOfLines(bytes: Bytes, headerNo: number): AsyncGenerator<RawJob[]> {
  for await (const lines of linesOf(bytes)) {
    const jobs = lines.filter(({ no }) => no > headerNo).map(jobOfLine);
    if (jobs.length > 0) yield jobs;
  }
}

function readWholeJson(text: string): OpenDocument {
  const read = readJson(text, 2);
  if ('faults' in read) throw refused(...jsonErrors(read, text));
  if (isInstance(read.value)) return openLocatedInstance(read.value, jsonLocator(text));
  return opened('json', read.value, (index) => `/jobs/${index}`, jsonLocator(text));
}

async function readWholeYaml(text: string): Promise<OpenDocument> {
  const read = await readYaml(text);
  if ('errors' in read) throw refused(...read.errors);
  if (read.value === null) throw refused(emptyText);
  if (isInstance(read.value)) return openLocatedInstance(read.value, read.locate);
  return opened('yaml', read.value, (index) => `line ${read.jobLines[index] ?? 0}`, read.locate);
}

function opened(
  format: 'json' | 'yaml',
  value: unknown,
  placeOf: (index: number) => string,
  locate: Locate,
): OpenDocument {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'jobs')) {
    return { format, header: value, jobs: jobsOfList([], placeOf), locate };
  }
  const { jobs, ...header } = value as { jobs: unknown };
  if (!Array.isArray(jobs)) throw refused(jobsNotList(jobs, locate('/jobs')));
  return { format, header, jobs: jobsOfList(jobs, placeOf), locate };
}

async function* jobsOfList(jobs: readonly unknown[], placeOf: (index: number) => string): AsyncGenerator<RawJob[]> {
  for (let first = 0; first < jobs.length; first += batchJobs) {
    const batch = jobs.slice(first, first + batchJobs);
    yield await Promise.resolve(batch.map((value, i) => ({ where: placeOf(first + i), value, text: null })));
  }
}

async function gathered(bytes: Bytes, format: 'json' | 'yaml', { [format]: max }: WholeBytes): Promise<string> {
  const blocks: Uint8Array[] = [];
  for await (const block of atMost(bytes, max, () => refused(tooLarge(format, max)))) blocks.push(block);
  const whole = Buffer.concat(blocks);
  if (!isUtf8(whole)) throw refused(notUtf8);
  return whole.toString('utf8').replace(/^\uFEFF/, '');
}

const refused = (...errors: DocumentError[]): DocumentRefused => new DocumentRefused(refusalOf(...errors));

const emptyText: DocumentError = {
  code: 'BAD_SYNTAX',
  where: 'line 1',
  message: 'the document is empty',
  remedy: 'It is JSON, YAML or NDJSON that begins with "apiVersion": "sluice/v1"; examples/hello.yaml is a small one.',
};

const jobsNotList = (jobs: unknown, at: Position | null): DocumentError => ({
  code: 'BAD_TYPE',
  where: at ? `line ${at.line}, column ${at.column} (/jobs)` : '/jobs',
  message: `jobs is ${shown(jobs)}, not a list`,
  remedy: 'Write the jobs as a list, each with its name: [{"name": "first"}, ...]; in YAML each begins with "- ".',
});

const notUtf8: DocumentError = {
  code: 'BAD_SYNTAX',
  where: '/',
  message: 'the document is not UTF-8',
  remedy: 'Write the document as UTF-8.',
};

const tooLarge = (format: string, max: number): DocumentError => ({
  code: 'TOO_LARGE',
  where: '/',
  message: `the ${format.toUpperCase()} document is larger than ${max / 1024 / 1024} MiB, and it is read whole`,
  remedy: 'Write it as NDJSON: the header on line 1, then one job a line; that has no such limit.',
});
