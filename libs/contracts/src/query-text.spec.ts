// Goal: a query means what it says, and one that cannot be read is told where and how to mend it.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bothFilters, readJobQuery } from './job-query.js';
import { queryValue, readQuery } from './query-text.js';
import { readWorkflowQuery } from './workflow-query.js';

const filterOf = (text: string): unknown => {
  const read = readJobQuery(text);
  return 'filter' in read ? read.filter : read.fault;
};

test.each([
  ['', {}],
  ['  label:isr  ', { labels: ['isr'] }],
  ['label:isr,coadd state:running', { labels: ['isr', 'coadd'], states: ['leased'] }],
  ['label:"a b","c\\"d\\\\" exit:137', { labels: ['a b', 'c"d\\'], exitCodes: [137] }],
  ['exit:134..137,1', { exitCodes: [134, 135, 136, 137, 1] }],
  ['exit:>=1 exit:<4', { exitCodes: [1, 2, 3] }],
  ['-exit:>1', { exitCodes: Array.from({ length: 254 }, (_, i) => i + 2), except: ['exitCodes'] }],
  ['-site:USDF !reason:memory,lost', { sites: ['USDF'], reasons: ['memory', 'lost'], except: ['sites', 'reasons'] }],
  ['site:A,B -site:B', { sites: ['A'] }],
  ['-site:A -site:B', { sites: ['A', 'B'], except: ['sites'] }],
  ['site:A site:B', { sites: [] }],
  ['group:e1,00112233aabbccdd', { groups: ['e1', '00112233aabbccdd'] }],
  ['job:17,isr/a:b', { jobs: ['17', 'isr/a:b'] }],
  ['label:""', { labels: [''] }],
  ["label:%_';--", { labels: ["%_';--"] }],
] as const)('%s', (text, filter) => {
  expect(filterOf(text)).toEqual(filter);
});

test.each([
  ['labl:isr', 'unknown-field', 1, /fields are label, state/],
  ['a:1 isr', 'unknown-field', 1, /fields are/],
  ['label:isr isr', 'unknown-field', 11, /field:value/],
  ['__proto__:x', 'syntax', 1, /a field is letters/],
  ['constructor:x', 'unknown-field', 1, /fields are/],
  ['label:isr state:faild', 'value', 17, /waiting, ready, leased, finished, failed/],
  ['exit:137x', 'value', 6, /whole number/],
  ['exit:9..1', 'value', 6, /range/],
  ['exit:0..256', 'value', 6, /from 0 to 255/],
  ['label:a..b', 'value', 7, /quotes/],
  ['label:', 'syntax', 7, /""/],
  ['label:a,', 'syntax', 9, /""/],
  ['label:"isr', 'syntax', 7, /end it/],
  ['label:"isr"x', 'syntax', 12, /space/],
  ['group:e0', 'value', 7, /e1/],
  ['-job:17', 'value', 1, /which jobs/],
  [`label:${'x'.repeat(4_000)}`, 'too-complex', 4_001, /fewer/],
  [Array.from({ length: 101 }, () => 'exit:1').join(' '), 'too-complex', 701, /several values/],
] as const)('%# %s is told where it is wrong', (text, code, at, remedy) => {
  expect(filterOf(text)).toMatchObject({ code, at, remedy: expect.stringMatching(remedy) as unknown });
});

test('a query of workflows: words are looked for in names, a day is all of it', () => {
  const read = readWorkflowQuery(
    'coadd -name:dp1* owner:ann,bob -state:done label:isr label:warp submitted:2026-11-01..2026-11-22',
  );
  expect(read).toEqual({
    conditions: {
      names: [
        { isNot: false, values: ['*coadd*'] },
        { isNot: true, values: ['dp1*'] },
      ],
      labels: [
        { isNot: false, values: ['isr'] },
        { isNot: false, values: ['warp'] },
      ],
      owner: { isNot: false, values: ['ann', 'bob'] },
      state: { isNot: true, values: ['done'] },
      space: null,
      submitted: { fromMs: Date.UTC(2026, 10, 1), beforeMs: Date.UTC(2026, 10, 23) },
    },
  });
});

test.each([
  ['submitted:>2026-11-22', { fromMs: Date.UTC(2026, 10, 23), beforeMs: null }],
  ['submitted:>=2026-11-22T18:30', { fromMs: Date.UTC(2026, 10, 22, 18, 30), beforeMs: null }],
  ['submitted:<2026-11-22T18:30:00+02:00', { fromMs: null, beforeMs: Date.UTC(2026, 10, 22, 16, 30) }],
] as const)('%s', (text, submitted) => {
  expect(readWorkflowQuery(text)).toMatchObject({ conditions: { submitted } });
});

test.each(['submitted:tuesday', 'submitted:2026-13-01', '-submitted:2026-11-22', 'submitted:2026-11-22,2026-11-23'])(
  '%s is no time',
  (text) => {
    expect(readWorkflowQuery(text)).toMatchObject({ fault: { code: 'value' } });
  },
);

test('whatever the text, it is read or refused at a place in it', () => {
  const word = fc.constantFrom(
    'label:',
    'exit:',
    'state:failed',
    '-',
    '!',
    '"',
    '\\',
    ',',
    '..',
    '>=',
    ' ',
    'a',
    '7',
    'é',
    '\u0000',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), (words) => {
      const text = words.join('');
      const read = readJobQuery(text);
      if ('filter' in read) return;
      expect(read.fault.at).toBeGreaterThanOrEqual(1);
      expect(read.fault.at).toBeLessThanOrEqual(text.length + 1);
      expect(read.fault.remedy.length).toBeGreaterThan(5);
    }),
    { seed: 7, numRuns: 2_000 },
  );
});

test('any text is a value once it is written as one', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 50 }), (text) => {
      expect(readQuery(`label:${queryValue(text)}`)).toMatchObject({
        terms: [{ field: 'label', values: [{ kind: 'text', text }] }],
      });
    }),
    { seed: 7, numRuns: 1_000 },
  );
});

test('two filters as one let through what both do', () => {
  expect(bothFilters({ labels: ['a', 'b'] }, { labels: ['b'], except: ['labels'] })).toEqual({ labels: ['a'] });
  expect(bothFilters({ sites: ['a'], except: ['sites'] }, { states: ['failed'] })).toEqual({
    ...{ sites: ['a'], states: ['failed'], except: ['sites'] },
  });
});
