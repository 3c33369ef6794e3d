/** Longer names are not guessed at: their neighbours are too many. */
const charsMax = 64;
const usual = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./'];

/**
 * What somebody may have meant who wrote `name`: first the slips of a keyboard that need no search (case, `_` for `-`,
 * leading zeros, a label in front), then every text one edit away: two characters swapped, one too many, one wrong, one
 * missing. Some thousand texts, to be looked up by hash: so a million names need not be compared.
 * @see Norvig, "How to write a spelling corrector" (2007), whose edits of distance one these are
 */
export function* nearNames(name: string): Generator<string> {
  if (name.length > charsMax) return;
  yield* slips(name);
  const at = [...name].map((_, i) => i);
  for (const i of at.slice(1)) yield edited(name, i - 1, 2, `${name[i] ?? ''}${name[i - 1] ?? ''}`);
  for (const i of at) yield edited(name, i, 1, '');
  const characters = new Set([...usual, ...name]);
  for (const i of at) for (const character of characters) yield edited(name, i, 1, character);
  for (const i of [...at, name.length]) for (const character of characters) yield edited(name, i, 0, character);
}

function slips(name: string): string[] {
  return [
    name.trim(),
    name.toLowerCase(),
    name.toUpperCase(),
    name.replaceAll('-', '_'),
    name.replaceAll('_', '-'),
    name.replace(/0+(?=\d)/g, ''),
    name.slice(name.lastIndexOf('/') + 1),
  ];
}

const edited = (name: string, at: number, length: number, put: string): string =>
  name.slice(0, at) + put + name.slice(at + length);
