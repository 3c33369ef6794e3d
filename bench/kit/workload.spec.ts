import { expect, test } from '@jest/globals';
import { chunksOf, readDocument } from '#documents';
import { childrenOf, documentBytes, jobsOf } from './workload.js';

test('the layered workload has the edges of the floor', () => {
  const shape = { jobs: 1_000, layers: 10 };
  const fromParents = [...jobsOf(shape)].flatMap((job, child) =>
    job.after.map((parent) => `${Number(parent)}>${child}`),
  );
  const fromChildren = Array.from({ length: 1_000 }, (_, i) => childrenOf(shape, i)).flatMap((children, parent) =>
    children.map((child) => `${parent}>${child}`),
  );
  expect(fromParents.sort()).toEqual(fromChildren.sort());
  expect(childrenOf(shape, 205)).toEqual([335, 348, 361]);
  expect(childrenOf(shape, 950)).toEqual([]);
});

test('a chain has one parent a job, independent jobs have none', () => {
  expect([...jobsOf({ jobs: 4, layers: 4 })].map((job) => job.after)).toEqual([[], [0], [1], [2]]);
  expect([...jobsOf({ jobs: 4, layers: 1 })].map((job) => job.after)).toEqual([[], [], [], []]);
});

test('the document is accepted, with every job and edge', async () => {
  const document = await readDocument(documentBytes({ jobs: 50_000, layers: 10 }));
  let jobs = 0;
  let edges = 0;
  for await (const chunk of chunksOf(document)) {
    jobs += chunk.jobs;
    edges += chunk.edges;
  }
  expect({ jobs, edges }).toEqual({ jobs: 50_000, edges: 45_000 * 3 });
});
