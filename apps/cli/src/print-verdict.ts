import type { DocumentError, DocumentRefusal } from '#contracts';
import type { DocumentSummary, DocumentVerdict, PlaceParts } from '#documents';
import type { Call, Format } from './globals.js';
import { csvRecord } from './render/csv.js';

/** For programs: what a document holds, or all that is wrong with it. */
export async function printVerdict(
  { terminal: { out } }: Call,
  verdict: DocumentVerdict,
  format: Exclude<Format, 'table'>,
): Promise<void> {
  const { placeParts } = await import('#documents');
  const withPlace = (error: DocumentError): DocumentError & PlaceParts => ({ ...error, ...placeParts(error.where) });
  const refusal = 'refusal' in verdict ? verdict.refusal : { errors: [], counts: {} };
  const errors = refusal.errors.map(withPlace); // for an editor, which goes to a line
  const view = viewOf(verdict, { errors, counts: refusal.counts });
  switch (format) {
    case 'json':
      await out.line(JSON.stringify(view, null, 2));
      break;
    case 'ndjson':
      await out.line(JSON.stringify(view));
      break;
    case 'csv':
      await out.line(csvRecord(['code', 'where', 'job', 'message', 'remedy', 'line', 'column']));
      for (const { code, where, job, message, remedy, line, column } of errors)
        await out.line(csvRecord([code, where, job ?? null, message, remedy, line, column]));
      break;
    case 'id':
      if ('summary' in verdict) await out.line(verdict.summary.name);
  }
  await out.flush();
}

const viewOf = (verdict: DocumentVerdict, found: DocumentRefusal): object =>
  'summary' in verdict ? { valid: true, ...sizesOf(verdict.summary), ...found } : { valid: false, ...found };

const sizesOf = ({ name, format, jobCount, edgeCount, labels, depth, hasFinal }: DocumentSummary) => ({
  ...{ name, format, jobs: jobCount, edges: edgeCount, labels, depth, final: hasFinal },
});
