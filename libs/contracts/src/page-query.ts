import { z } from 'zod';

/** Most rows in one page. */
export const pageRowsMax = 1_000;

/** Rows of a page. */
export const pageLimit = (usual: number) => z.coerce.number().int().min(1).max(pageRowsMax).default(usual);
/** `next` of the page before, where it holds a name: as long as an address may be. */
export const namedCursor = z.string().max(12_000).optional();

/** A page of a list that came whole before there were pages of it: as much of it as a page may hold. */
export const WholePageQuery = z.strictObject({ limit: pageLimit(pageRowsMax), cursor: namedCursor });
export type WholePageQuery = z.infer<typeof WholePageQuery>;
