import type { ReadStore, WorkflowRef } from '../ports/read-store.js';

/**
 * What a selector selects. `several-ids`: a prefix of more than one id. `several-names`: a glob that more than one name
 * fits. The first are listed; `more` says whether there are others.
 */
export type Selected =
  | { kind: 'one'; workflow: WorkflowRef }
  | { kind: 'several-ids'; ids: string[]; more: boolean }
  | { kind: 'several-names'; found: { id: string; name: string }[]; more: boolean }
  | { kind: 'none' };

const lastShape = /^last(?:~(\d{1,6}))?$/;
const prefixShape = /^w-[a-z2-7]{0,10}$/;
const globShape = /[*?]/;
const listedMax = 5;

/**
 * A selector is an id, a prefix of one, `last`, `last~N`, a name or a glob of names (`*`, `?`); of equal names the newest
 * counts. A name with `*` or `?` in it is meant before what it would match.
 */
export async function selectWorkflow(store: ReadStore, selector: string): Promise<Selected> {
  const last = lastShape.exec(selector);
  if (last) return one(await store.workflowLast(Number(last[1] ?? 0)));
  if (prefixShape.test(selector)) {
    const begun = await store.workflowsByPrefix(selector, listedMax + 1);
    const ids = begun.slice(0, listedMax).map(({ id }) => id);
    if (ids.length > 1) return { kind: 'several-ids', ids, more: begun.length > listedMax };
    if (begun[0]) return one(begun[0]);
  }
  const named = await store.workflowByName(selector);
  return named === null && globShape.test(selector) ? selectByGlob(store, selector) : one(named);
}

async function selectByGlob(store: ReadStore, glob: string): Promise<Selected> {
  const matches = await store.workflowsByPattern(likePattern(glob), listedMax + 1);
  const [first, second] = matches;
  if (!first || !second) return one(first ?? null);
  const found = matches.slice(0, listedMax).map(({ id, name }) => ({ id, name }));
  return { kind: 'several-names', found, more: matches.length > listedMax };
}

const one = (workflow: WorkflowRef | null): Selected =>
  workflow ? { kind: 'one', workflow: { workflowNo: workflow.workflowNo, id: workflow.id } } : { kind: 'none' };

/** A glob as a pattern of LIKE: what LIKE itself would read as wild is text. */
export const likePattern = (glob: string): string =>
  glob.replace(/[\\%_*?]/g, (sign) => (sign === '*' ? '%' : sign === '?' ? '_' : `\\${sign}`));
