/**
 * Whether a message fits the pattern of a retry rule. A pattern is looked for anywhere in the message; `*` stands for any
 * text, line breaks included, `\*` for a star. Pieces are searched for one behind the other, each once: the time is that of
 * one pass, whatever the pattern.
 */
export function fitsPattern(message: string, pattern: string): boolean {
  let from = 0;
  for (const piece of piecesOf(pattern)) {
    const at = message.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return true;
}

/** The texts between the stars. */
const piecesOf = (pattern: string): string[] => pattern.split(/(?<!\\)\*/).map((piece) => piece.replaceAll('\\*', '*'));
