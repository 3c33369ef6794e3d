import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DocumentError, DocumentRefusal } from '#contracts';
import { checkInThread, placeParts, type DocumentSummary, type DocumentVerdict, type PlaceParts } from '#documents';
import { refusing, sizeLimits } from '../document.js';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { csvRecord } from '../render/csv.js';
import { counted } from '../render/numbers.js';
import { printable } from '../render/printable.js';
import { refusalLines } from '../render/refusal.js';

/** Checks a document on this machine alone, and says what it holds or all that is wrong with it. */
export async function validate(call: Call, file: string): Promise<ExitCode> {
  const verdict = await refusing(file, () => verdictOn(file));
  if (call.globals.output === 'table') return printText(call, file, verdict);
  const { out } = call.terminal;
  const refusal = 'refusal' in verdict ? verdict.refusal : { errors: [], counts: {} };
  switch (call.globals.output) {
    case 'json':
      await out.line(JSON.stringify(viewOf(verdict, refusal), null, 2));
      break;
    case 'ndjson':
      await out.line(JSON.stringify(viewOf(verdict, refusal)));
      break;
    case 'csv':
      await out.line(csvRecord(['code', 'where', 'job', 'message', 'remedy', 'line', 'column']));
      for (const { code, where, job, message, remedy, line, column } of refusal.errors.map(withPlace))
        await out.line(csvRecord([code, where, job ?? null, message, remedy, line, column]));
      break;
    case 'id':
      if ('summary' in verdict) await out.line(verdict.summary.name);
  }
  await out.flush();
  return 'summary' in verdict ? exitCodes.ok : exitCodes.usage;
}

async function printText({ terminal: { out } }: Call, file: string, verdict: DocumentVerdict): Promise<ExitCode> {
  if ('refusal' in verdict) throw new CliFault(exitCodes.usage, refusalLines(file, verdict.refusal, ''));
  const { name, format, jobCount, edgeCount, labels, depth, hasFinal } = verdict.summary;
  const sizes = [counted(jobCount, 'job'), counted(edgeCount, 'edge'), counted(labels, 'label'), `depth ${depth}`];
  await out.line(`${printable(file)}: good (${format}), workflow ${printable(name)}`);
  await out.line(`  ${sizes.join(', ')}${hasFinal ? ', and a final job' : ''}`);
  await out.flush();
  return exitCodes.ok;
}

function viewOf(verdict: DocumentVerdict, { errors, counts }: DocumentRefusal): object {
  const found = { errors: errors.map(withPlace), counts };
  return 'summary' in verdict ? { valid: true, ...sizesOf(verdict.summary), ...found } : { valid: false, ...found };
}

/** For an editor, which goes to a line. */
const withPlace = (error: DocumentError): DocumentError & PlaceParts => ({ ...error, ...placeParts(error.where) });

const sizesOf = ({ name, format, jobCount, edgeCount, labels, depth, hasFinal }: DocumentSummary) => ({
  ...{ name, format, jobs: jobCount, edges: edgeCount, labels, depth, final: hasFinal },
});

/** What can be read only once, such as stdin, goes to a file first. */
async function verdictOn(file: string): Promise<DocumentVerdict> {
  if (file !== '-' && (await stat(file)).isFile()) return checkInThread(file, sizeLimits());
  const folder = await mkdtemp(join(tmpdir(), 'sluice-validate-'));
  try {
    const copy = join(folder, 'document');
    await pipeline(file === '-' ? process.stdin : createReadStream(file), createWriteStream(copy, { mode: 0o600 }));
    return await checkInThread(copy, sizeLimits());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
