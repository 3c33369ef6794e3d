import { type DocumentError, type DocumentRefusal, GrantsFile } from '#contracts';
import { errorAt } from './fault.js';
import { refusalOf } from './refusal.js';
import { schemaFaults } from './schema-issue.js';
import { readYaml } from './yaml-text.js';
import { atPointer } from './whole/place.js';

/** Bytes of a grants file. */
const grantsFileBytesMax = 4 * 1024 * 1024;

const manual = { page: 'docs/identity.md', ownRoom: 'a comment' };

/**
 * Reads a grants file, YAML or JSON, as a whole: nothing of it counts unless all of it is good.
 * @returns the grants, or every fault with its place and remedy
 */
export async function readGrantsFile(bytes: Uint8Array): Promise<GrantsFile | { refusal: DocumentRefusal }> {
  if (bytes.length > grantsFileBytesMax) return { refusal: refusalOf(tooLarge) };
  const read = await readYaml(new TextDecoder().decode(bytes));
  if ('errors' in read) return { refusal: refusalOf(...read.errors) };
  const { value, locate } = read;
  const parsed = GrantsFile.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = schemaFaults(parsed.error.issues, value, { schema: GrantsFile, manual });
  return {
    refusal: refusalOf(
      ...faults.map((fault) => errorAt(atPointer(fault.pointer, locate(fault.pointer)), { ...fault, pointer: '' })),
    ),
  };
}

const tooLarge: DocumentError = {
  ...{ code: 'TOO_LARGE', where: '/', message: `it is over ${grantsFileBytesMax} bytes`, remedy: 'Grant to groups.' },
};
