import { documentLimits } from '#contracts';

/** The first line that is not blank. `no` counts from 1; `whole`: its line break was seen, or it is too long anyway. */
export interface FirstLine {
  bytes: Buffer;
  no: number;
  whole: boolean;
}

const lineBreak = 0x0a;
const lastBlank = 0x20;

/** Looks at each byte once: a whole document may stand on one line. */
export function firstLineOf(head: Buffer): FirstLine {
  let start = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0; // the mark of UTF-8
  let no = 1;
  for (let at = start; (head[at] ?? Infinity) <= lastBlank; at++) {
    if (head[at] !== lineBreak) continue;
    start = at + 1;
    no++;
  }
  const end = head.indexOf(lineBreak, start);
  const isWhole = end !== -1 || head.length > documentLimits.lineBytes;
  return { bytes: head.subarray(start, end === -1 ? head.length : end), no, whole: isWhole };
}
