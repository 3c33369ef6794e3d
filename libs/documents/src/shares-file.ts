import { SharesFile, type DocumentError, type DocumentRefusal } from '#contracts';
import { errorAt } from './fault.js';
import { refusalOf } from './refusal.js';
import { schemaFaults } from './schema-issue.js';
import { readYaml } from './yaml-text.js';
import { atPointer } from './whole/place.js';

const manual = { page: 'docs/shares.md', ownRoom: 'a # remark' };

/** Bytes of a shares file. */
const sharesFileBytesMax = 4 * 1024 * 1024;

export type SharesFileRead = { file: SharesFile } | { refusal: DocumentRefusal };

/**
 * Reads a shares file, YAML or JSON, as a whole: nothing of it counts unless all of it is good.
 * @returns what it says, or every fault with its place and remedy
 */
export async function readSharesFile(bytes: Uint8Array): Promise<SharesFileRead> {
  if (bytes.length > sharesFileBytesMax) return { refusal: refusalOf(tooLarge) };
  const read = await readYaml(new TextDecoder().decode(bytes));
  if ('errors' in read) return { refusal: refusalOf(...read.errors) };
  const { value, locate } = read;
  const parsed = SharesFile.safeParse(value);
  if (parsed.success) return { file: parsed.data };
  const faults = schemaFaults(parsed.error.issues, value, { schema: SharesFile, manual });
  return {
    refusal: refusalOf(
      ...faults.map((fault) => {
        const place = atPointer(fault.pointer, locate(fault.pointer));
        return errorAt(place, { ...fault, pointer: '' });
      }),
    ),
  };
}

const tooLarge: DocumentError = {
  ...{ code: 'TOO_LARGE', where: '/', message: `it is over ${sharesFileBytesMax} bytes`, remedy: 'Apply it in parts.' },
};
