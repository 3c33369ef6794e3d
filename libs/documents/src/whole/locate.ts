/** Where something stands in a text, both from 1. */
export interface Position {
  line: number;
  column: number;
}

/**
 * Finds where in a document the thing stands that a JSON pointer names: of a field its key, else the value; of something
 * that is not there what it would stand in. null: not known.
 */
export type Locate = (pointer: string) => Position | null;

/** The steps of a JSON pointer (RFC 6901). */
export const stepsOf = (pointer: string): string[] =>
  pointer === '' || pointer === '/'
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
