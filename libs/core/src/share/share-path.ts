/** Longest name of one node, in characters; what is longer is cut. */
const nameCharsMax = 200;

/** One name on a path: letters, digits and `. _ @ + ~ -` stay, whatever else is in a space or a subject is percent-encoded. */
export function shareName(text: string): string {
  const encoded = text.replace(/[^\p{L}\p{N}._@+~-]/gu, (sign) =>
    encodeURIComponent(/\p{Cs}/u.test(sign) ? '\ufffd' : sign),
  );
  const name = encoded.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return Array.from(name).slice(0, nameCharsMax).join('');
}

/** The node that a space has if it was given to none: `rubin/dm` is `dm` below `rubin`. */
export const pathOfSpace = (space: string): string =>
  space.split('/').map(shareName).filter(Boolean).join('/') || 'default';

/** The leaf of a user of a node. */
export const leafPath = (nodePath: string, subject: string): string => `${nodePath}/${shareName(subject) || 'nobody'}`;

/** The paths of all nodes above a path, from the top, and the path itself. */
export const pathsTo = (path: string): string[] =>
  path.split('/').map((_, depth, names) => names.slice(0, depth + 1).join('/'));

/** The path of the node above; null at the top. */
export const parentPath = (path: string): string | null =>
  path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : null;

/** Whether a text is a path as we write it. */
export const isSharePath = (path: string): boolean =>
  path !== '' && path.split('/').every((name) => name !== '' && shareName(decodedName(name)) === name);

function decodedName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return '%';
  }
}
