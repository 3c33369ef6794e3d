import { expect, test } from '@jest/globals';
import type { LimitView } from '#contracts';
import { ShareTree } from '#core';
import type { ReadyClass } from '../ports/lease-store.js';
import type { WorkerKind } from '../ports/read-store.js';
import type { ShareBook } from '../ports/share-store.js';
import type { ShareReading } from '../share/share-reading.js';
import { explainWait, type WaitFacts } from './explain-wait.js';

const leaf = 2;
const needs: ReadyClass = {
  ...{ id: 1, transform: 'noop', cores: 1, memoryMib: 1, gpus: 0, diskMib: 0, walltimeSec: null, mode: 'auto' },
  ...{ sites: [], avoidSites: [], tags: {}, features: [], preemptible: true },
  ...{ limits: [], space: 'rubin', owner: 'alice', shareId: leaf, workflow: '' },
};

const kind = (site: string, over: Partial<WorkerKind> = {}): WorkerKind => ({
  ...{ site, siteState: 'open', sandbox: 'auto', cores: 8, memoryMib: 8, gpus: 0, diskMib: null, tags: {} },
  ...{ features: [], workers: 1, holding: 1, transforms: ['noop@1'], walltimeLeftSec: null },
  ...{ pullCores: null, pullMemoryMib: null, ...over },
});

const siteCap = (name: string): LimitView => ({
  ...{ kind: 'site', name, capJobs: 1, capCores: null, usedJobs: 1, usedCores: 1 },
});

/** Shares `rubin` and `rubin/alice`, with the allocations given: core hours, used core hours, strict. */
function shares(of: Record<string, [coreHours: number, used: number, strict: boolean]>): ShareReading {
  const books = ['rubin', 'rubin/alice'].map((path, no): ShareBook => {
    const [coreHours = 0, , strict = true] = of[path] ?? [];
    const allocation = { coreHours, strict, periodSec: null, fromMs: 0, usedBeforeCoreSec: 0, over: false };
    return {
      ...{ id: no + 1, parentId: no === 0 ? null : 1, path, weight: 1, allocation: path in of ? allocation : null },
      ...{ coreSec: 0, decayedCoreSec: 0, outsideCoreSec: 0 },
    };
  });
  const allocations = books.flatMap(({ id, path }) => {
    const [coreHours = 0, used = 0, strict = true] = of[path] ?? [];
    return path in of ? [[id, { coreHours, usedCoreSec: used * 3_600, strict }] as const] : [];
  });
  return {
    ...{ tree: new ShareTree(books), books: new Map(books.map((book) => [book.id, book])), use: new Map() },
    ...{ runningCores: new Map(), usualSec: new Map(), allocations: new Map(allocations) },
  };
}

const facts = (over: Partial<WaitFacts>): WaitFacts => ({
  ...{ kinds: [kind('A')], limits: [], closedSites: new Map(), shares: shares({}) },
  ...{ readyOfLeaf: new Map([[leaf, 1]]), competing: () => new Map([[leaf, 1]]) },
  ...over,
});

test('idle workers of a site whose cap is reached are not what a job waits for', () => {
  const kinds = [kind('A', { workers: 2, holding: 1 }), kind('B')];
  expect(explainWait(needs, facts({ kinds, limits: [siteCap('A')] }))).toMatchObject({
    cause: 'workers-busy',
    text: 'the only worker that can run it is busy; limit site:A is at its cap: 1 of 1 jobs are with workers',
    details: { workers: 1, holding: 1, sites: ['B'] },
  });
  expect(explainWait(needs, facts({ kinds }))).toMatchObject({ cause: 'ready' });
});

test('a closed site whose workers could help is told beside those that are busy', () => {
  const kinds = [kind('A', { siteState: 'stopped' }), kind('B', { workers: 2, holding: 2 })];
  const small = kind('C', { siteState: 'draining', cores: 0.5 });
  expect(explainWait(needs, facts({ kinds: [...kinds, small] })).text).toBe(
    'all 2 workers that can run it are busy; site A is stopped',
  );
});

test('of idle workers that are about to end it is told how long they have, unless one has no end', () => {
  const kinds = [kind('A', { holding: 0, walltimeLeftSec: 20 }), kind('B', { walltimeLeftSec: 900 })];
  const text = 'waits for a free worker: 1 of 2 that can run it hold nothing';
  expect(explainWait(needs, facts({ kinds })).text).toBe(`${text}, for at most 20 s more`);
  expect(explainWait(needs, facts({ kinds: [kind('A', { holding: 0 }), ...kinds.slice(1)] })).text).toBe(text);
});

test('of two allocations that are used up, the one that stops the job is told, with the command that lets it go on', () => {
  const spent = shares({ rubin: [10, 12, false], 'rubin/alice': [1, 2.5, true] });
  expect(explainWait(needs, facts({ shares: spent }))).toMatchObject({
    cause: 'allocation',
    subject: 'rubin/alice',
    remedy: 'sluice share allocate rubin/alice --core-hours 3',
  });
});
