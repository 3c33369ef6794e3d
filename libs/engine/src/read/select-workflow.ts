import type { ReadStore, WorkflowRef } from '../ports/read-store.js';

/** What a selector selects. `ambiguous`: a prefix of more than one id. */
export type Selected = { kind: 'one'; workflow: WorkflowRef } | { kind: 'ambiguous'; ids: string[] } | { kind: 'none' };

const lastShape = /^last(?:~(\d{1,6}))?$/;
const prefixShape = /^w-[a-z2-7]{0,10}$/;

/** A selector is an id, a prefix of one, `last`, `last~N` or a name; of equal names the newest counts. */
export async function selectWorkflow(store: ReadStore, selector: string): Promise<Selected> {
  const last = lastShape.exec(selector);
  if (last) return one(await store.workflowLast(Number(last[1] ?? 0)));
  if (prefixShape.test(selector)) {
    const [first, second] = await store.workflowsByPrefix(selector);
    if (first && second) return { kind: 'ambiguous', ids: [first.id, second.id] };
    if (first) return one(first);
  }
  return one(await store.workflowByName(selector));
}

const one = (workflow: WorkflowRef | null): Selected => (workflow ? { kind: 'one', workflow } : { kind: 'none' });
