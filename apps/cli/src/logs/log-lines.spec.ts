import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { logLines, openLog } from './log-lines.js';

const folder = mkdtempSync(join(tmpdir(), 'log-lines-'));

afterAll(() => rmSync(folder, { recursive: true }));

async function linesOf(text: string, last: number): Promise<string[]> {
  const path = join(folder, 'stderr');
  writeFileSync(path, text);
  const file = await openLog(path);
  if (!file) throw new Error('no file');
  const lines: string[] = [];
  for await (const line of logLines(file, { last })) lines.push(line);
  await file.handle.close();
  return lines;
}

const progress = Array.from({ length: 50_000 }, (_, at) => `\r${at} of 50000`).join('');

test('the last lines are so many at most, and of a progress bar what it showed last', async () => {
  expect(await linesOf(`begin\n${progress}\nKeyError: a\n`, 3)).toEqual(['begin', '49999 of 50000', 'KeyError: a']);
  expect(await linesOf(`begin\r\n${progress}\r`, 10)).toEqual(['begin', '49999 of 50000']);
  expect(await linesOf('a\r\n\r\nb\r\n', 2)).toEqual(['', 'b']);
});

test('of an endless line only the end comes, where the last lines are asked for', async () => {
  const [first, line = '', ...rest] = await linesOf(`a\n${'é'.repeat(300_000)}end`, 10);
  expect([first, rest]).toEqual(['a', []]);
  expect(line.length).toBeLessThan(5_000);
  expect(line).toMatch(/^\.\.\. éé.*ééend$/);
});

test('every line comes as it is, in parts where it is endless', async () => {
  expect((await linesOf(`begin\n${progress}\nend`, Infinity)).join('')).toBe(`begin${progress}end`);
});
