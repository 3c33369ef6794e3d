interface Page<T> {
  rows: readonly T[];
  next?: string | null | undefined;
}

/** The rows of all pages of a list. @param read a page, by the `next` of the one before; none: the first */
export async function everyPage<T>(read: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const { rows, next } = await read(cursor);
    all.push(...rows);
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  return all;
}

/** A cursor as the only thing in a query. */
export const cursorQuery = (cursor: string | undefined): string =>
  cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
