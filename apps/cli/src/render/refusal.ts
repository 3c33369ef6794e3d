import type { DocumentError } from '#contracts';
import { counted, grouped } from './numbers.js';
import { printable } from './printable.js';

/** A DocumentRefusal, also of a server that knows codes that are not known here. */
export interface ShownRefusal {
  errors: readonly (Omit<DocumentError, 'code'> & { code: string })[];
  counts: Readonly<Record<string, number>>;
}

/**
 * Why a document is refused: every error listed with its place and remedy, then how many there are of each code.
 * @param consequence what that means for the verb
 */
export function refusalLines(file: string, refusal: ShownRefusal, consequence = '; nothing was submitted'): string[] {
  const total = Object.values(refusal.counts).reduce((sum, n) => sum + n, 0);
  return [
    `${printable(file)}: refused, ${counted(total, 'error')}${consequence}`,
    ...refusal.errors.flatMap((error) => [
      `  ${error.code}  ${printable(error.where)}${error.job === undefined ? '' : `  job ${printable(error.job)}`}`,
      `      ${printable(error.message)}`,
      ...(error.remedy === '' ? [] : [`      ${printable(error.remedy)}`]),
    ]),
    ...(total > refusal.errors.length ? [`  ... and ${grouped(total - refusal.errors.length)} more`] : []),
    ...(total > 1 ? countLines(refusal.counts) : []),
  ];
}

const countLines = (counts: ShownRefusal['counts']): string[] =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([code, n]) => `  ${grouped(n).padStart(9)}  ${code}`);
