import { isUtf8 } from 'node:buffer';
import { documentLimits, type DocumentError } from '#contracts';
import type { Bytes } from './byte-stream.js';

/** One line that is not blank, without its line break; or why it cannot be read. `no` counts from 1, blank lines too. */
export type Line = { no: number; text: string } | { no: number; error: DocumentError };

const lineBreak = 0x0a;

/**
 * Cuts bytes into lines, several at a time: as many as one block of the source ends.
 * Ends after the first line that is longer than 4 MiB, for what follows cannot be told apart from it.
 * @param linesMax lines there may be, blank ones too: a chunk of nothing but line breaks would else keep a server busy
 */
export async function* linesOf(source: Bytes, linesMax = Infinity): AsyncGenerator<Line[]> {
  let no = 1;
  // The blocks of a line that is not whole yet. Joined once: joining at each block takes the square of its length.
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for await (const block of source) {
    const end = block.lastIndexOf(lineBreak) + 1;
    const { lines, next } = linesIn(end === 0 ? empty : Buffer.concat([...rest, block.subarray(0, end)]), no);
    no = next;
    if (lines.length > 0) yield lines;
    if (end > 0) [rest, restBytes] = [[], 0];
    rest.push(block.subarray(end));
    restBytes += block.length - end;
    const isTooLong = restBytes > documentLimits.lineBytes;
    if (isTooLong || no > linesMax + 1) {
      yield [isTooLong ? tooLong(no) : tooMany(linesMax)];
      return;
    }
  }
  const { lines } = linesIn(Buffer.concat(rest), no);
  if (lines.length > 0) yield no > linesMax ? [tooMany(linesMax)] : lines;
}

const empty = Buffer.alloc(0);

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

const tooMany = (linesMax: number): Line => ({
  no: linesMax + 1,
  error: {
    code: 'TOO_LARGE',
    where: `line ${linesMax + 1}`,
    message: `there are more than ${linesMax} lines`,
    remedy: 'Cut it into smaller chunks of whole lines.',
  },
});
