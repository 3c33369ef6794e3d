import { WorkflowId } from '#contracts';
import { refusals } from '../http/refusal.js';

/**
 * Cursors of pages: the public id of the last workflow, the ordinal of the last job, or the place of the last row in its
 * list's order. A forged one is 400.
 */
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
  /** @param list its name: no other list takes this cursor */
  write: (list: string, place: readonly string[]): string =>
    Buffer.from(JSON.stringify([list, ...place])).toString('base64url'),
  /**
   * @param parts what each text of a place looks like
   * @returns the place to go on behind; null: from the first.
   */
  read(list: string, parts: readonly RegExp[], cursor: string | undefined): string[] | null {
    if (cursor === undefined) return null;
    const [of, ...place] = textsIn(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (of !== list || place.length !== parts.length || !place.every((text, at) => parts[at]?.test(text)))
      throw forged();
    return place;
  },
};

function textsIn(json: string): string[] {
  try {
    const read: unknown = JSON.parse(json);
    return Array.isArray(read) && read.every((each) => typeof each === 'string') ? read : [];
  } catch {
    return [];
  }
}

/** Parts of a place: a name, whatever is in it but NUL, and a whole number. */
export const placeParts = { name: /^[^\0]*$/, whole: /^\d{1,9}$/ } as const;

const forged = (): Error => refusals.badRequest('query/cursor', 'the cursor is not one that a page of this list gave');
