import type { VisibleSpaces } from '#core';
import type { OwnedWorkflow, ReadStore } from '../ports/read-store.js';

/**
 * What a selector selects. `several-ids`: a prefix of more than one id. `several-names`: a glob that more than one name
 * fits. The first are listed; `more` says whether there are others.
 */
export type Selected =
  | { kind: 'one'; workflow: OwnedWorkflow }
  | { kind: 'several-ids'; ids: string[]; more: boolean }
  | { kind: 'several-names'; found: { id: string; name: string }[]; more: boolean }
  | { kind: 'none' };

const lastShape = /^last(?:~(\d{1,6}))?$/;
const prefixShape = /^w-[a-z2-7]{0,10}$/;
const globShape = /[*?]/;
const listedMax = 5;

/**
 * A selector is an id, a prefix of one, `last`, `last~N`, a name or a glob of names (`*`, `?`); of equal names the newest
 * counts. A name with `*` or `?` in it is meant before what it would match. Only workflows that the asker sees are meant.
 */
export async function selectWorkflow(store: ReadStore, selector: string, visible: VisibleSpaces): Promise<Selected> {
  const last = lastShape.exec(selector);
  if (last) return one(await store.workflowLast(Number(last[1] ?? 0), visible));
  if (prefixShape.test(selector)) {
    const begun = await store.workflowsByPrefix(selector, listedMax + 1, visible);
    const ids = begun.slice(0, listedMax).map(({ id }) => id);
    if (ids.length > 1) return { kind: 'several-ids', ids, more: begun.length > listedMax };
    if (begun[0]) return one(begun[0]);
  }
  const named = await store.workflowByName(selector, visible);
  return named === null && globShape.test(selector) ? selectByGlob(store, selector, visible) : one(named);
}

async function selectByGlob(store: ReadStore, glob: string, visible: VisibleSpaces): Promise<Selected> {
  const matches = await store.workflowsByPattern(likePattern(glob), listedMax + 1, visible);
  const [first, second] = matches;
  if (!first || !second) return one(first ?? null);
  const found = matches.slice(0, listedMax).map(({ id, name }) => ({ id, name }));
  return { kind: 'several-names', found, more: matches.length > listedMax };
}

const one = (found: OwnedWorkflow | null): Selected => {
  if (!found) return { kind: 'none' };
  const { workflowNo, id, space, owner } = found;
  return { kind: 'one', workflow: { workflowNo, id, space, owner } };
};

/** A glob as a pattern of LIKE: what LIKE itself would read as wild is text. */
export const likePattern = (glob: string): string =>
  glob.replace(/[\\%_*?]/g, (sign) => (sign === '*' ? '%' : sign === '?' ? '_' : `\\${sign}`));
