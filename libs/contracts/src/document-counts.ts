import type { DocumentError, DocumentHeader } from './document.js';

/** How many jobs (without the final job) and edges (before repeated parents are one) a document has. */
export interface DocumentCounts {
  jobCount: number;
  edgeCount: number;
}

/**
 * A document that says how many jobs or edges it has must have so many: else a part of it was lost on its way.
 * Who sends a document and who takes it say so in the same words.
 */
export function countMismatches(
  said: Pick<DocumentHeader, keyof DocumentCounts>,
  found: DocumentCounts,
): DocumentError[] {
  const fields = ['jobCount', 'edgeCount'] as const;
  return fields.flatMap((field) => {
    const count = said[field];
    return count === undefined || count === found[field] ? [] : [countMismatch(field, count, found[field])];
  });
}

/** A workflow that has more jobs or edges than there may be. */
export const overLimit = (what: 'jobs' | 'edges', limit: number): DocumentError => ({
  code: 'TOO_LARGE',
  where: '/jobs',
  message: `the document has more than ${limit} ${what}`,
  remedy: 'Split the workflow in parts.',
});

/** A workflow without a job. */
export const noJobs: DocumentError = {
  code: 'EMPTY',
  where: '/jobs',
  message: 'the document has no jobs',
  remedy: 'Add at least one: under "jobs", or in NDJSON one a line after the header.',
};

const countMismatch = (field: keyof DocumentCounts, said: number, found: number): DocumentError => ({
  code: 'COUNT_MISMATCH',
  where: `/${field}`,
  message: `${field} is ${said}, but the document has ${found}`,
  remedy: 'A part of the document may be missing: make it again, or correct the count or leave it out.',
});
