import { WorkflowId } from '#contracts';
import { refusals } from '../http/refusal.js';

/** Cursors of pages: the public id of the last workflow, or the ordinal of the last job. A forged one is 400. */
export const pageCursor = {
  checkWorkflow(cursor: string | undefined): void {
    if (cursor !== undefined && !WorkflowId.safeParse(cursor).success) throw forged();
  },
  /** @returns the ordinal to go on behind; -1: from the first. */
  readOrdinal(cursor: string | undefined): number {
    if (cursor === undefined) return -1;
    if (!/^\d{1,9}$/.test(cursor)) throw forged();
    return Number(cursor);
  },
};

const forged = (): Error => refusals.badRequest('query/cursor', 'the cursor is not one that a page of this list gave');
