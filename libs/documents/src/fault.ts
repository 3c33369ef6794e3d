import type { DocumentError, DocumentErrorCode } from '#contracts';
import { placeIn } from './where.js';

/** What is wrong inside one value (a header, a job); `pointer` is a JSON pointer from that value. */
export interface ValueFault {
  code: DocumentErrorCode;
  pointer: string;
  message: string;
  remedy: string;
}

/**
 * A fault as the user reads it.
 * @param base where the value that holds it stands, see placeIn()
 * @param job name of the job it is about
 */
export function errorAt(base: string, fault: ValueFault, job?: string): DocumentError {
  const { code, pointer, message, remedy } = fault;
  return { code, where: placeIn(base, pointer), ...(job === undefined ? {} : { job: cut(job) }), message, remedy };
}

const jobCharsMax = 200;

/** A name may be too long for a list of a hundred. */
const cut = (name: string): string => (name.length > jobCharsMax ? `${name.slice(0, jobCharsMax)}...` : name);
