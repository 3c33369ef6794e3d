import { expect, test } from '@jest/globals';
import { linesOf } from './lines.js';

async function* parts(...texts: (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

test('lines come out whole wherever the bytes were cut', async () => {
  const text = Buffer.from('{"name":"süß"}\n\n{"b":2}\nlast');
  for (let cut = 0; cut <= text.length; cut += 1) {
    const lines = await all(linesOf(parts(text.subarray(0, cut), text.subarray(cut))));
    expect(lines).toEqual(['{"name":"süß"}', '{"b":2}', 'last']);
  }
});

test('a line without end is refused before it fills the memory', async () => {
  await expect(all(linesOf(parts('a'.repeat(60), 'a'.repeat(60)), 100))).rejects.toBeInstanceOf(RangeError);
});
