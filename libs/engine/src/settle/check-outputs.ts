/**
 * Owns the wall before what is registered as output: what a worker says it wrote lies below the prefix of its job's space.
 *
 * O1  A worker is not trusted. What it tells of files that lie elsewhere, or cannot be read, is no end of a job well done.
 * O2  Ends that tell of no files cost nothing; of the others a batch asks once.
 * O3  The prefix is today's: what was submitted under another one is judged by it too.
 */
import { OutputFile } from '#contracts';
import { onOneLine, outputFault, shown, type OutputFault } from '#core';
import type { SettleTransaction } from '../ports/settle-store.js';
import { failInstead, type FlatBatches } from './attempt-columns.js';

/** Turns finished events whose files lie elsewhere into failed ones, which register nothing. */
export async function checkOutputs(tx: Pick<SettleTransaction, 'outputPrefixes'>, flat: FlatBatches): Promise<void> {
  if (flat.files.size === 0) return; // O2
  const workflowAt = (position: number): string => flat.columns.workflowNo[position] ?? '';
  const prefixes = await tx.outputPrefixes([...new Set([...flat.files.keys()].map(workflowAt))]);
  for (const [position, files] of flat.files) {
    const prefix = prefixes.get(workflowAt(position));
    const message = prefix === undefined ? null : filesFault(files, prefix);
    if (message !== null) failInstead(flat, position, message);
  }
}

/** @returns what is wrong with what an end tells of files; null: nothing. O1 */
function filesFault(files: unknown, prefix: string): string | null {
  const read = OutputFile.array().safeParse(files);
  if (!read.success) return 'output/outside-space: `files` of its outputs is no list of {name, uri, bytes}';
  for (const { uri } of read.data) {
    const fault = outputFault(uri, prefix) ?? relativeFault(uri);
    if (fault) return `output/${fault.kind}: it says that it wrote ${shown(uri)}, which ${onOneLine(fault.why)}`;
  }
  return null;
}

/** A job's own folder goes with it: nothing there is an output that others could use. */
const relativeFault = (uri: string): OutputFault | null =>
  uri.startsWith('/') || uri.includes('://') ? null : { kind: 'outside-space', why: 'is a relative path' };
