import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { checkInThread, type DocumentVerdict } from '#documents';
import { refusing, sizeLimits } from '../document.js';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printVerdict } from '../print-verdict.js';
import { counted } from '../render/numbers.js';
import { printable } from '../render/printable.js';
import { refusalLines } from '../render/refusal.js';

/** Checks a document on this machine alone, and says what it holds or all that is wrong with it. */
export async function validate(call: Call, file: string): Promise<ExitCode> {
  const verdict = await refusing(file, () => verdictOn(file));
  if (call.globals.output === 'table') return printText(call, file, verdict);
  await printVerdict(call, verdict, call.globals.output);
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
