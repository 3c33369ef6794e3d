import type { DocumentError, DocumentRefusal } from '#contracts';
import { errorAt } from './fault.js';
import { refusalOf } from './refusal.js';
import { type Manual, schemaFaults } from './schema-issue.js';
import { readYaml } from './yaml-text.js';
import { atPointer } from './whole/place.js';

/** What a file of settings must be. */
export interface SettingsKind<T> {
  schema: Parameters<typeof schemaFaults>[2]['schema'] & {
    safeParse(
      value: unknown,
    ): { success: true; data: T } | { success: false; error: { issues: Parameters<typeof schemaFaults>[0] } };
  };
  manual: Manual;
  bytesMax: number;
}

/**
 * Reads a file of settings, YAML or JSON, as a whole: nothing of it counts unless all of it is good.
 * @returns what it says, or every fault with its place and remedy
 */
export async function readSettingsFile<T>(
  bytes: Uint8Array,
  { schema, manual, bytesMax }: SettingsKind<T>,
): Promise<{ file: T } | { refusal: DocumentRefusal }> {
  if (bytes.length > bytesMax) return { refusal: refusalOf(tooLarge(bytesMax)) };
  const read = await readYaml(new TextDecoder().decode(bytes));
  if ('errors' in read) return { refusal: refusalOf(...read.errors) };
  const { value, locate } = read;
  const parsed = schema.safeParse(value);
  if (parsed.success) return { file: parsed.data };
  const faults = schemaFaults(parsed.error.issues, value, { schema, manual });
  return {
    refusal: refusalOf(
      ...faults.map((fault) => {
        const place = atPointer(fault.pointer, locate(fault.pointer));
        return errorAt(place, { ...fault, pointer: '' });
      }),
    ),
  };
}

const tooLarge = (bytesMax: number): DocumentError => ({
  ...{ code: 'TOO_LARGE', where: '/', message: `it is over ${bytesMax} bytes`, remedy: 'Apply it in parts.' },
});
