import { expect, test } from '@jest/globals';
import { Template } from '#contracts';
import type { WorkerOffer } from '../lease/fits.js';
import { readyClassOf } from '../upload/ready-class.js';
import { avoidingToo } from './avoided-sites.js';

const worker = (site: string, over: Partial<WorkerOffer> = {}): WorkerOffer => ({
  ...{
    site,
    siteState: 'open',
    sandbox: 'auto',
    cores: 4,
    memoryMib: 4_000,
    gpus: 0,
    diskMib: null,
    tags: {},
    features: [],
  },
  ...{ pullCores: null, pullMemoryMib: null, transforms: ['noop@1'], walltimeLeftSec: null },
  ...over,
});

function avoided(
  workers: WorkerOffer[],
  { memoryMib = 1_000, sites = [] as string[], avoidSites = [] as string[] } = {},
) {
  const template = Template.parse({ transform: 'noop', placement: { sites, avoidSites } });
  const classes = new Map([
    [1, { id: 1, ...readyClassOf(template, { space: 's', owner: 'o', shareId: null, workflow: '' }) }],
  ]);
  return avoidingToo('A', { classId: 1, memoryMib }, { classes, workers });
}

test('the site of the failure is avoided beside those that were, each once', () => {
  const workers = [worker('A'), worker('B'), worker('C')];
  expect(avoided(workers)).toEqual(['A']);
  expect(avoided(workers, { avoidSites: ['C'] })).toEqual(['A', 'C']);
  expect(avoided(workers, { avoidSites: ['A'] })).toEqual(['A']);
});

test.each<[string, WorkerOffer[], Parameters<typeof avoided>[1]]>([
  ['nobody is there', [], {}],
  ['nobody is elsewhere', [worker('A')], {}],
  ['elsewhere is closed', [worker('A'), worker('B', { siteState: 'draining' })], {}],
  ['elsewhere is too small for what it grew to', [worker('A'), worker('B')], { memoryMib: 5_000 }],
  ['it may only run here', [worker('A'), worker('B')], { sites: ['A'] }],
  ['elsewhere it failed too', [worker('A'), worker('B')], { avoidSites: ['B'] }],
])('nothing is avoided where %s', (_, workers, asked) => {
  expect(avoided(workers, asked)).toBeNull();
});
