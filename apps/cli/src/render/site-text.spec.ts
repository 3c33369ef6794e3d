import { expect, test } from '@jest/globals';
import type { SiteView } from '#contracts';
import { siteLines } from './site-text.js';

const site: SiteView = {
  ...{ name: 'USDF', state: 'open', tags: {}, pullCores: null, pullMemoryMib: null, suspectSec: null, orphanSec: null },
  ...{ cutOffStopSec: null, sandbox: 'auto', note: '', orderedBy: '', orderedHow: 'hand', orderedAt: '' },
  ...{ workers: 0, suspect: 0, cores: 0, memoryMib: 0, leased: 0, reports: { late: 0, duplicate: 0, stale: 0 } },
};
const reportsOf = (reports: SiteView['reports']): string | undefined =>
  siteLines({ ...site, reports }).find((line) => line.startsWith('  reports '));

test('a site says of its reports how many were not plain, or that all were', () => {
  expect(reportsOf(site.reports)).toBe('  reports   all plain');
  expect(reportsOf({ late: 1, duplicate: 4_000, stale: 0 })).toBe('  reports   1 late, 4 000 duplicate, 0 stale');
});
