import { Readable } from 'node:stream';
import { isFields, without, type Fields } from './fields.js';
import { chunksOf } from '../chunk.js';
import { checkedJobsOf } from '../checked-jobs.js';
import type { WrittenJob } from '../job-shape.js';
import type { OpenDocument } from '../open-document.js';
import { readDocument } from '../read-document.js';
import { DocumentRefused } from '../refusal.js';
import { wfFormatText } from './wf-format-text.js';

/** What a test says of one task: fields of its specification, and of its execution under `execution`. */
export type TrialTask = Fields & { id: string; execution?: Fields };

/** A small instance around some tasks, for tests. `more` is laid over its root. */
export function trialInstance(tasks: readonly TrialTask[], more: Fields = {}, files: readonly Fields[] = []): Fields {
  const executions = tasks.flatMap(({ id, execution }) => (execution ? [{ id, ...execution }] : []));
  return {
    name: 'trial',
    schemaVersion: '1.5',
    workflow: {
      specification: {
        tasks: tasks.map((task) => ({
          ...{ name: task.id, parents: [], children: [] },
          ...without(task, new Set(['execution'])),
        })),
        files,
      },
      execution: { makespanInSeconds: 7, executedAt: '2026-11-22T12:00:00Z', tasks: executions },
    },
    ...more,
  };
}

export const openText = (text: string): Promise<OpenDocument> => readDocument(Readable.from([Buffer.from(text)]));

export const openValue = (value: unknown): Promise<OpenDocument> => openText(JSON.stringify(value));

/** A document as anybody could write it down. */
export interface WholeDocument {
  header: Fields;
  jobs: WrittenJob[];
}

export async function wholeOf(document: OpenDocument): Promise<WholeDocument> {
  const jobs: WrittenJob[] = [];
  for await (const batch of checkedJobsOf(document)) jobs.push(...batch);
  if (!isFields(document.header)) throw new Error('the header is no object');
  return { header: document.header, jobs };
}

export async function writtenText({ header, jobs }: WholeDocument): Promise<string> {
  async function* batches(): AsyncGenerator<WrittenJob[]> {
    yield await Promise.resolve(jobs);
  }
  let text = '';
  for await (const part of wfFormatText({ header, jobs: batches() })) text += part;
  return text;
}

/** Each error as `CODE place: job`, when the document is opened or checked. */
export async function errorsOf(value: unknown): Promise<string[]> {
  try {
    for await (const { jobs } of chunksOf(await openValue(value))) if (jobs === 0) throw new Error('an empty chunk');
    return [];
  } catch (error) {
    if (!(error instanceof DocumentRefused)) throw error;
    return error.refusal.errors.map(
      ({ code, where, job }) => `${code} ${pointerIn(where)}${job === undefined ? '' : `: ${job}`}`,
    );
  }
}

/** `/a/0` of `line 3, column 5 (/a/0)`. */
const pointerIn = (place: string): string => /^line \d+, column \d+ \((.*)\)$/s.exec(place)?.[1] ?? place;
