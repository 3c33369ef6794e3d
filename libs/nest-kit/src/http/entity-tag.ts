import { createHash } from 'node:crypto';

/** The tag of a content. Weak: gzipped or not, it is the same. */
export const entityTag = (content: Buffer): string => `W/"${createHash('sha1').update(content).digest('base64url')}"`;

/** Whether an If-None-Match names a tag: compared weakly, as RFC 9110 asks for it; `*` names every one. */
export function namesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  const bare = tag.replace('W/', '');
  return header.split(',').some((each) => each.trim().replace(/^W\//, '') === bare);
}
