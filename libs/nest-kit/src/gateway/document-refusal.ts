import type { DocumentRefusal } from '#contracts';
import { refusalStatus } from '#documents';
import { Refusal } from '../http/refusal.js';

/** A document's errors as a problem, in the same words as the command line's. */
export function documentRefusal(refusal: DocumentRefusal): Refusal {
  const count = Object.values(refusal.counts).reduce((sum, each) => sum + each, 0);
  const errors = refusal.errors.map(({ where, code, message, remedy, job }) => ({
    pointer: where,
    code,
    message,
    remedy,
    job,
  }));
  const first = refusal.errors[0];
  return new Refusal({
    status: refusalStatus(refusal),
    code: 'document/refused',
    title: 'The document is refused',
    detail: `${count} ${count === 1 ? 'error' : 'errors'}${first ? `, the first at ${first.where}: ${first.message}` : ''}`,
    errors,
    counts: refusal.counts,
  });
}
