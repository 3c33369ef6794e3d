// Goal: a document that comes in one request is what the command line makes of the same text in chunks.
import { expect, test } from '@jest/globals';
import { chunksOf, type DocumentChunk } from './chunk.js';
import { checkWhole, openWhole } from './check-whole.js';
import { checkHeader } from './header.js';
import { JobChecker } from './job-checker.js';
import { readDocument } from './read-document.js';
import { DocumentRefused } from './refusal.js';

const text = [
  { apiVersion: 'sluice/v1', name: 'n', templates: { t: { transform: 'noop' } }, jobCount: 3, edgeCount: 2 },
  ...[{ name: 'a' }, { name: 'b', after: ['a'] }, { name: 'c', after: ['a'] }],
]
  .map((line) => `${JSON.stringify(line)}\n`)
  .join('');

async function wholeOf(document: string) {
  const { header: written, raws } = await openWhole(Buffer.from(document));
  const read = checkHeader(written);
  if ('refusal' in read) throw new Error('the header is refused');
  return checkWhole(raws, read.header, new JobChecker(read.header));
}

test('it is sealed with the counts and the hash of its one chunk', async () => {
  const chunks: DocumentChunk[] = [];
  for await (const chunk of chunksOf(await readDocument(oneBlock(text)))) chunks.push(chunk);
  const whole = await wholeOf(text);
  if (whole instanceof DocumentRefused) throw whole;
  expect(whole.jobs.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  expect(whole.sha256).toEqual(chunks[0]?.sha256);
  expect(whole.seal).toEqual(chunks[0]?.seal);
});

test('counts that it does not have, and every faulty job, are told', async () => {
  expect(await wholeOf(text.replace('"edgeCount":2', '"edgeCount":3'))).toMatchObject({
    refusal: { counts: { COUNT_MISMATCH: 1 } },
  });
  expect(await wholeOf(`${text}{"name":7}\n{\n`)).toMatchObject({
    refusal: { counts: { BAD_TYPE: 1, BAD_SYNTAX: 1 } },
  });
});

test('more than a request takes is refused before it is checked', async () => {
  await expect(openWhole(Buffer.from(text + '{"name":7}\n'.repeat(20_000)))).rejects.toMatchObject({
    refusal: { counts: { TOO_LARGE: 1 } },
  });
  await expect(openWhole(Buffer.alloc(9 * 1024 * 1024, '['))).rejects.toMatchObject({
    refusal: { counts: { TOO_LARGE: 1 } },
  });
});

async function* oneBlock(whole: string): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.from(whole));
}
