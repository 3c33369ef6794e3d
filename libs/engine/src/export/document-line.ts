/**
 * The normal form of a job in a document that is given back: see docs/document.md.
 * N1: what says no more than its absence is left out: the only template, a label that is the default, empty parts.
 * N2: parents are positions, each once; those that must finish come first, in the order in which they were named.
 * N3: `params`, `vars` and the other parts are as they were written.
 */
import { RunObserved, type After } from '#contracts';
import { packKind, refBits } from '#core';
import type { KeptJob } from '../ports/document-store.js';

/** What a parent pack says about one job. */
export interface JobLinks {
  /** A value of packKind. */
  kind: number;
  /** Positions with refBits.ended. */
  parents: Uint32Array;
  /** Name of its group. */
  group: string | null;
}

const kindWords = ['job', 'barrier', 'group', 'group'] as const;

/**
 * @param options.oneTemplate the header has exactly one, so that no job needs to name it
 * @param options.observed takes the place of what the document had of the same kind; undefined: that stays
 * @returns JSON text of a DocumentJob, one line without its end
 */
export function documentLine(
  { name, label, template, spec }: KeptJob,
  { kind, parents, group }: JobLinks,
  options: { oneTemplate: boolean; observed?: RunObserved },
): string {
  const word = kindWords[kind] ?? 'job';
  const head = {
    name,
    ...(label !== (template || word) && { label }),
    ...(template !== '' && !(options.oneTemplate && word === 'job') && { template }),
    ...(word !== 'job' && { kind: word }),
    ...(group !== null && { in: group }),
    ...(kind === packKind.openGroup && { blocking: false }),
  };
  const parts = [JSON.stringify(head), afterText(parents), specText(spec, options.observed)];
  return joined(parts.filter((part) => part !== ''));
}

/** Text, not values: most of a large document are its edges. */
function afterText(parents: Uint32Array): string {
  if (parents.length === 0) return '';
  const items: string[] = [];
  for (const ref of parents) {
    const job = ref & refBits.value;
    items.push((ref & refBits.ended) === 0 ? String(job) : JSON.stringify({ job, on: 'ended' } satisfies After));
  }
  return `{"after":[${items.join(',')}]}`;
}

function specText(spec: string | null, observed: RunObserved | undefined): string {
  const isWritten = spec === null || !spec.includes('"files":');
  if (observed === undefined && isWritten) return spec ?? '';
  const kept: KeptSpec = spec === null ? {} : (JSON.parse(spec) as KeptSpec);
  delete kept.files;
  if (observed === undefined) return JSON.stringify(kept);
  return JSON.stringify({ ...kept, observed: { ...notOfARun(kept.observed), ...observed } });
}

/** @see CheckedJob.spec: its `files` are the header's, which are given back there. */
type KeptSpec = { observed?: Record<string, unknown>; files?: unknown };

/** What an earlier run measured is not this one's; fields that no run of ours fills stay. */
export const notOfARun = (observed: Record<string, unknown> = {}): Record<string, unknown> =>
  Object.fromEntries(Object.entries(observed).filter(([field]) => !Object.hasOwn(RunObserved.shape, field)));

/** One object of the texts of several. */
const joined = (objects: readonly string[]): string => `{${objects.map((text) => text.slice(1, -1)).join(',')}}`;
