const newline = 0x0a;

/**
 * Cuts a stream of bytes into lines, without their ends. Holds one line at most; empty lines are left out.
 * @throws RangeError on a line over `lineBytesMax`.
 */
export async function* linesOf(bytes: AsyncIterable<Buffer>, lineBytesMax = 16 * 1024 * 1024): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const part of bytes) {
    let from = 0;
    for (let end = part.indexOf(newline); end >= 0; end = part.indexOf(newline, from)) {
      const line = Buffer.concat([...rest, part.subarray(from, end)]).toString('utf8');
      rest = [];
      restBytes = 0;
      from = end + 1;
      if (line.length > 0) yield line;
    }
    if (from < part.length) rest.push(part.subarray(from));
    restBytes += part.length - from;
    if (restBytes > lineBytesMax) throw new RangeError(`a line over ${lineBytesMax} bytes`);
  }
  if (restBytes > 0) yield Buffer.concat(rest).toString('utf8');
}
