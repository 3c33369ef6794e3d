const shownCharsMax = 80;
const controls = /[\u0000-\u001f]/g;
const unprintable = /[\u007f-\u009f\u2028\u2029\ufff9-\ufffb\p{DI}]/gu;

/** A value as it can be put into a message: on one line, short, and nothing in it that a terminal obeys. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value.slice(0, shownCharsMax + 1) : value;
  const json = (JSON.stringify(text) ?? String(value)).replace(unprintable, escaped);
  return json.length > shownCharsMax ? `${json.slice(0, shownCharsMax)}...` : json;
}

/** Words of another's, with nothing in them that a terminal obeys. */
export const onOneLine = (text: string): string => text.replace(controls, escaped).replace(unprintable, escaped);

/** A key of a document as it can be put into a message without quotes: short, and on one line. */
export const shownKey = (key: string | number): string => shown(String(key)).replace(/^"|"$/g, '');

/** Names for a message: the first few, and how many more. */
export function shownList(names: Iterable<string>): string {
  const all = [...names];
  const more = all.length > 5 ? ` and ${all.length - 5} more` : '';
  return all.slice(0, 5).map(shown).join(', ') + more;
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
