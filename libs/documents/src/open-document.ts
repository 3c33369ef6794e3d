import type { DocumentRefusal } from '#contracts';
import type { RawJob } from './job-line.js';
import type { Locate } from './whole/locate.js';

/** A document that was opened: its header is read, its jobs are not. Neither is checked. */
export interface OpenDocument {
  format: 'json' | 'yaml' | 'ndjson' | 'wfformat';
  header: unknown;
  /** The jobs in order, some at a time. Read it once. Of NDJSON never more than a block is in memory. */
  jobs: AsyncIterable<RawJob[]>;
  /** Where something stands, by JSON pointer; of NDJSON something in the header only, for a job is a line. */
  locate?: Locate;
  /** Why it can be read but not run as it is: tasks whose program is not known. Nothing else is wrong with it. */
  unrunnable?: DocumentRefusal | null;
}
