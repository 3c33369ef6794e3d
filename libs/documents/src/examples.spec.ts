// The documents that users start from are good ones, and docs/document.md knows every refusal.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { documentErrorCodes, type SealRequest } from '#contracts';
import { chunksOf } from './chunk.js';
import { readDocument } from './read-document.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const documents = readdirSync(`${root}examples`).filter((name) => /\.(yaml|json|ndjson)$/.test(name));

interface Whole {
  seal: SealRequest;
  lines: string[];
}

async function wholeOf(source: string | Readable): Promise<Whole> {
  const lines: string[] = [];
  let seal: SealRequest | null = null;
  for await (const chunk of chunksOf(await readDocument(source))) {
    lines.push(...chunk.body.toString().trimEnd().split('\n'));
    ({ seal } = chunk);
  }
  if (seal === null) throw new Error('no chunk came');
  return { seal, lines };
}

function survey(...args: string[]): Readable {
  return spawn(process.execPath, [`${root}examples/make-survey.mjs`, ...args]).stdout;
}

test('there are examples', () => {
  expect(documents.length).toBeGreaterThanOrEqual(4);
});

test.each(documents)('%s is a good document', async (name) => {
  const { seal, lines } = await wholeOf(`${root}examples/${name}`);
  expect(seal.jobCount).toBe(lines.length);
});

test.each([['7'], ['100'], ['1234', '--transform', 'command']])('a survey of %s has as many jobs', async (...args) => {
  const { seal, lines } = await wholeOf(survey(...args));
  expect(seal.jobCount).toBe(Number(args[0]));
  const templates = new Set<string>();
  lines.forEach((line, ordinal) => {
    const { after = [], template } = JSON.parse(line) as { after?: number[]; template: string };
    templates.add(template);
    for (const parent of after) expect(parent).toBeLessThan(ordinal);
    expect(after.length > 0).toBe(template !== 'isr');
  });
  expect([...templates]).toEqual(['isr', 'characterize', 'calibrate', 'warp', 'coadd', 'detect', 'merge']);
});

test('the committed survey is what make-survey.mjs makes', async () => {
  const made = await wholeOf(survey('60', '--transform', 'command'));
  expect(await wholeOf(`${root}examples/survey.ndjson`)).toEqual(made);
});

test('the manual has a row for each refusal code, and for no other', () => {
  const manual = readFileSync(`${root}docs/document.md`, 'utf8');
  const rows = [...manual.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
  expect(rows).toEqual([...documentErrorCodes].sort());
});

test('the documents in the manual are good ones', async () => {
  const manual = readFileSync(`${root}docs/document.md`, 'utf8');
  const blocks = [...manual.matchAll(/^```(?:yaml|json)\n([^`]+)```/gm)].map(([, text]) => text ?? '');
  expect(blocks).toHaveLength(3);
  for (const block of blocks) {
    const { seal } = await wholeOf(Readable.from([Buffer.from(block)]));
    expect([seal.jobCount, seal.edgeCount]).toEqual([2, 1]);
  }
});
