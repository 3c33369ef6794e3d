import { type DocumentError, type DocumentRefusal, type SiteEntry, SitesFile } from '#contracts';
import { shown } from '#core';
import { errorAt } from './fault.js';
import { Refusal, refusalOf } from './refusal.js';
import { schemaFaults } from './schema-issue.js';
import { readYaml } from './yaml-text.js';
import { atPointer } from './whole/place.js';
import type { Locate } from './whole/locate.js';

/** Bytes of a sites file. */
export const sitesFileBytesMax = 8 * 1024 * 1024;

export type SitesFileRead = { sites: SiteEntry[] } | { refusal: DocumentRefusal };

const manual = { page: 'docs/sites.md', ownRoom: '"tags"' };

/**
 * Reads a sites file, YAML or JSON, as a whole: nothing of it counts unless all of it is good.
 * @returns the sites, or every fault with its place and remedy
 */
export async function readSitesFile(bytes: Uint8Array): Promise<SitesFileRead> {
  if (bytes.length > sitesFileBytesMax) return { refusal: refusalOf(tooLarge) };
  const text = textOf(bytes);
  if (text === null) return { refusal: refusalOf(notUtf8) };
  const read = await readYaml(text);
  if ('errors' in read) return { refusal: refusalOf(...read.errors) };
  const { value, locate } = read;
  const parsed = SitesFile.safeParse(value);
  if (!parsed.success) {
    const faults = schemaFaults(parsed.error.issues, value, { schema: SitesFile, manual });
    return {
      refusal: refusalOf(...faults.map((fault) => errorAt(placeAt(locate, fault.pointer), { ...fault, pointer: '' }))),
    };
  }
  const refusal = new Refusal();
  refusal.add(...twins(parsed.data.sites, locate));
  return refusal.isEmpty ? parsed.data : { refusal: refusal.answer() };
}

function* twins(sites: readonly SiteEntry[], locate: Locate): Generator<DocumentError> {
  const first = new Map<string, number>();
  for (const [no, { name }] of sites.entries()) {
    const before = first.get(name);
    if (before === undefined) first.set(name, no);
    else
      yield {
        code: 'DUPLICATE_NAME',
        where: placeAt(locate, `/sites/${no}/name`),
        message: `site ${shown(name)} stands at position ${before} already`,
        remedy: 'Keep one of the two.',
      };
  }
}

const placeAt = (locate: Locate, pointer: string): string => atPointer(pointer, locate(pointer));

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

const notUtf8: DocumentError = {
  ...{ code: 'BAD_SYNTAX', where: '/', message: 'it is not UTF-8', remedy: 'Save it as UTF-8.' },
};

const tooLarge: DocumentError = {
  ...{ code: 'TOO_LARGE', where: '/', message: `it is over ${sitesFileBytesMax} bytes`, remedy: 'Apply it in parts.' },
};
