import type { VisibleSpaces } from '#core';

/** What explainWait() says of a share that others go before. */
const othersFirst = /: .* with (\d+ ready jobs go first)$/;

/**
 * A wait as its asker may read it: who does not see every space is told how many jobs of others go first, not whose.
 * @param wait as of now, or from the record: the record keeps names, for those who see all
 */
export function withoutOthers<W extends { cause: string; text: string }>(wait: W, visible: VisibleSpaces): W {
  if (visible === null || wait.cause !== 'share') return wait;
  return { ...wait, text: wait.text.replace(othersFirst, ': others with $1') };
}
