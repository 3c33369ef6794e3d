import { isUtf8 } from 'node:buffer';
import { documentLimits, type DocumentError } from '#contracts';
import type { Bytes } from './byte-stream.js';

/** One line that is not blank, without its line break; or why it cannot be read. `no` counts from 1, blank lines too. */
export type Line = { no: number; text: string } | { no: number; error: DocumentError };

const lineBreak = 0x0a;

/**
 * Cuts bytes into lines, several at a time: as many as one block of the source ends.
 * Ends after the first line that is longer than 4 MiB, for what follows cannot be told apart from it.
 */
export async function* linesOf(source: Bytes, firstNo = 1): AsyncGenerator<Line[]> {
  let no = firstNo;
  let rest = Buffer.alloc(0);
  for await (const block of source) {
    const bytes = rest.length === 0 ? Buffer.from(block) : Buffer.concat([rest, block]);
    const end = bytes.lastIndexOf(lineBreak) + 1;
    rest = bytes.subarray(end);
    const { lines, next } = linesIn(bytes.subarray(0, end), no);
    no = next;
    if (lines.length > 0) yield lines;
    if (rest.length > documentLimits.lineBytes) {
      yield [tooLong(no)];
      return;
    }
  }
  const { lines } = linesIn(rest, no);
  if (lines.length > 0) yield lines;
}

/** Lines of bytes that end with a whole line. `next`: the number after the last. */
function linesIn(bytes: Buffer, firstNo: number): { lines: Line[]; next: number } {
  const texts = isUtf8(bytes) ? bytes.toString('utf8').split('\n') : eachAlone(bytes);
  const lines: Line[] = [];
  texts.forEach((text, index) => {
    const no = firstNo + index;
    if (text === null) lines.push(notUtf8(no));
    else if (text.length > documentLimits.lineBytes) lines.push(tooLong(no));
    else if (text.trim() !== '') lines.push({ no, text });
  });
  return { lines, next: firstNo + texts.length - 1 };
}

/** Some line is not UTF-8: null stands for each of those. */
function eachAlone(bytes: Buffer): (string | null)[] {
  const texts: (string | null)[] = [];
  for (let start = 0; start <= bytes.length;) {
    const found = bytes.indexOf(lineBreak, start);
    const end = found === -1 ? bytes.length : found;
    const line = bytes.subarray(start, end);
    texts.push(isUtf8(line) ? line.toString('utf8') : null);
    start = end + 1;
  }
  return texts;
}

const notUtf8 = (no: number): Line => ({
  no,
  error: {
    code: 'BAD_SYNTAX',
    where: `line ${no}`,
    message: 'the line is not UTF-8',
    remedy: 'Write the document as UTF-8.',
  },
});

const tooLong = (no: number): Line => ({
  no,
  error: {
    code: 'TOO_LARGE',
    where: `line ${no}`,
    message: `the line is longer than ${documentLimits.lineBytes} bytes`,
    remedy: 'One job a line, at most 4 MiB each: move large values to files that the job reads.',
  },
});
