import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { chunksOf } from './chunk.js';
import { checkHeader } from './header.js';
import { readDocument } from './read-document.js';
import { simulated } from './simulated.js';
import { DocumentRefused } from './refusal.js';

const native = {
  apiVersion: 'sluice/v1',
  name: 'n',
  defaults: { env: { A: '{v}' } },
  templates: {
    big: {
      command: { argv: ['x', '{v}'] },
      resources: { cores: 64, memoryMib: 900_000 },
      retry: { retries: 3 },
      placement: { sites: ['far'] },
    },
  },
  final: { job: { template: 'big', vars: { v: '9' }, observed: { runtimeSec: 4 } } },
  jobs: [
    { name: 'a', vars: { v: '1' }, observed: { runtimeSec: 2.5 }, outputs: [{ name: 'o' }] },
    { name: 'gate', kind: 'barrier', after: [0] },
    { name: 'b', vars: { v: '1' }, after: [1], params: { mine: 1 }, observed: { runtimeSec: -1 } },
    { name: 'c', vars: { v: '1' }, after: [1] },
  ],
};

async function simulatedAt(speed: number, value: unknown = native) {
  const document = simulated(await readDocument(Readable.from([Buffer.from(JSON.stringify(value))])), { speed });
  const jobs: unknown[] = [];
  for await (const { body } of chunksOf(document)) {
    jobs.push(
      ...body
        .toString()
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    );
  }
  const checked = checkHeader(document.header);
  if ('refusal' in checked) throw new DocumentRefused(checked.refusal);
  return { header: checked.header, jobs };
}

test('every job of a native document sleeps for what was observed; barriers and order stay', async () => {
  const { header, jobs } = await simulatedAt(10);
  expect(header.templates.get('big')?.template).toMatchObject({
    transform: 'simulate',
    params: { speed: 10 },
    env: {},
    retry: { retries: 3 },
    placement: { sites: [] },
  });
  expect(jobs).toMatchObject([
    { name: 'a', params: { runtimeSec: 2.5 }, outputs: [{ name: 'o' }] },
    { name: 'gate', kind: 'barrier', after: [0] },
    { name: 'b', after: [1] },
    { name: 'c', after: [1] },
  ]);
  expect(jobs.map((job) => Object.hasOwn(job as object, 'params'))).toEqual([true, false, false, false]);
  expect(JSON.parse(header.final?.job.spec ?? '')).toMatchObject({ params: { runtimeSec: 4 } });
});

test('cores and memory are ignored: a thousand jobs fit on one core', async () => {
  const { cores, memoryMib } = (await simulatedAt(0)).header.templates.get('big')?.template.resources ?? {};
  expect(1_000 * (cores ?? 1)).toBeLessThanOrEqual(1);
  expect(memoryMib).toBe(1);
});

test('at speed 0 no job carries a length', async () => {
  const { jobs } = await simulatedAt(0);
  expect(jobs.some((job) => Object.hasOwn(job as object, 'params'))).toBe(false);
});

test('what was wrong with the document is still refused', async () => {
  await expect(simulatedAt(0, { ...native, templates: { big: { command: { argv: [] } } } })).rejects.toBeInstanceOf(
    DocumentRefused,
  );
  await expect(simulatedAt(0, { ...native, jobs: [{ name: 'a', afer: [] }] })).rejects.toBeInstanceOf(DocumentRefused);
});

test('an instance whose programs are not known runs when it is simulated', async () => {
  const instance = {
    name: 'n',
    schemaVersion: '1.5',
    workflow: { specification: { tasks: [{ name: 'a', id: 'a' }] } },
  };
  expect((await simulatedAt(1, instance)).jobs).toMatchObject([{ name: 'a' }]);
});
