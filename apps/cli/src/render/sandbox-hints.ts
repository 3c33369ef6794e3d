import type { ErrorGroup } from '#contracts';
import { printable } from './printable.js';

const hintsMax = 3;

/** What jobs lacked in their sandbox and who can give it, as the messages of those that failed end with it. */
export function sandboxHints(groups: readonly ErrorGroup[]): string[] {
  const hints = groups.flatMap(({ name, sample }) => {
    const hint = /(?:^|\n)\[sandbox: ([^\n]+)\]$/.exec(sample.message ?? '')?.[1];
    return hint === undefined ? [] : [{ name, hint: printable(hint) }];
  });
  const first = new Map(hints.toReversed().map(({ name, hint }) => [hint, name]));
  return [...first].slice(-hintsMax).map(([hint, name]) => `${name}, sandbox: ${hint}`);
}
