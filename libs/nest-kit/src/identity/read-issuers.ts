import { readFile } from 'node:fs/promises';
import { issuerFaults } from '#adapter-oidc';
import type { DocumentRefusal, IssuerSettings } from '#contracts';
import { readIssuersFile } from '#documents';
import { BadConfiguration } from '../config/configuration.js';

/** Faults told in one line of the log; the rest is counted. */
const faultsToldMax = 5;

/**
 * The issuers that this gateway trusts besides the stack itself.
 * @param path of the issuers file; null: there is none
 * @throws BadConfiguration saying what is wrong with the file and where
 */
export async function readIssuers(path: string | null): Promise<IssuerSettings[]> {
  if (path === null) return [];
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw bad(path, `cannot be read: ${(cause as Error).message}`, cause);
  });
  const read = await readIssuersFile(bytes);
  if ('refusal' in read) throw bad(path, faultText(read.refusal));
  const faults = issuerFaults(read.file.issuers);
  if (faults.length > 0) throw bad(path, faults.join('; '));
  return read.file.issuers;
}

const bad = (path: string, why: string, cause?: unknown): BadConfiguration =>
  new BadConfiguration(`SLUICE_ISSUERS_FILE: ${path}: ${why}. See docs/identity.md`, { cause });

function faultText({ errors, counts }: DocumentRefusal): string {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const told = errors.slice(0, faultsToldMax).map(({ where, message, remedy }) => `${where}: ${message}. ${remedy}`);
  return [...told, ...(all > told.length ? [`and ${all - told.length} more`] : [])].join(' ');
}
