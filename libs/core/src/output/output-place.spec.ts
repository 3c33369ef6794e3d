// Goal: what lies below a prefix is below it for every reader; all else is told to be elsewhere, or forbidden.
import { posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { localPathOf, outputFault, prefixesNest, prefixFault, prefixFolderOf } from './output-place.js';

const kindOf = (place: string, prefix = '/u/ann'): string => outputFault(place, prefix)?.kind ?? 'there';

describe('a place', () => {
  test.each([
    ['/u/ann/x', 'there'],
    ['/u/ann/night 7/x.fits', 'there'],
    ['/u/ann/folder/', 'there'],
    ['file:///u/ann/x', 'there'],
    ['FILE:///u/ann/x', 'there'],
    ['file:///u/ann/night%207', 'there'],
    ['results/x.fits', 'there'],
    ['/u/ann/...x', 'there'],
    ['/u/ann/100%', 'there'],
    ['/u/ann', 'outside-space'],
    ['/u/ann/', 'outside-space'],
    ['/u/anna/x', 'outside-space'],
    ['/u/an', 'outside-space'],
    ['/u', 'outside-space'],
    ['/', 'outside-space'],
    ['/etc/passwd', 'outside-space'],
    ['s3://other/u/ann/x', 'outside-space'],
    ['sluice:sha256:00', 'outside-space'],
    ['s3:/u/ann/x', 'outside-space'],
    ['s3:///u/ann/x', 'outside-space'],
    ['/u/ann/../bob/x', 'forbidden'],
    ['/u/ann/..', 'forbidden'],
    ['../x', 'forbidden'],
    ['/u/ann/./x', 'forbidden'],
    ['/u/ann//x', 'forbidden'],
    ['//u/ann/x', 'forbidden'],
    ['/u/ann/..%2fbob', 'forbidden'],
    ['/u/ann/%2e%2e/bob', 'forbidden'],
    ['/u/ann/%252e%252e/bob', 'forbidden'],
    ['/u/ann/%25252Fbob', 'forbidden'],
    ['/u/ann/%c0%ae', 'forbidden'],
    ['/u/ann\\..\\bob', 'forbidden'],
    ['/u/ann/%5cbob', 'forbidden'],
    ['/u/ann/x\0', 'forbidden'],
    ['/u/ann/%00', 'forbidden'],
    ['/u/ann/x\n', 'forbidden'],
    ['/u/ann/\ud800', 'forbidden'],
    ['/dev/sda', 'forbidden'],
    ['/proc/self/root/u/ann/x', 'forbidden'],
    ['/sys', 'forbidden'],
    ['/u/ann/x.', 'forbidden'],
    ['/u/ann/x ', 'forbidden'],
    ['/u/ann/ /x', 'forbidden'],
    [`/u/ann/${'x'.repeat(256)}`, 'forbidden'],
    [`/u/ann/${'\u00e9'.repeat(128)}`, 'forbidden'],
    [`/u/ann/${'x/'.repeat(2_100)}x`, 'forbidden'],
    ['', 'forbidden'],
    ['file://host/u/ann/x', 'forbidden'],
    ['file:u/ann/x', 'forbidden'],
    ['file:///u/ann/%zz', 'forbidden'],
    ['file:///u/ann/x?y', 'forbidden'],
    ['file:///u/ann/../bob', 'forbidden'],
  ])('%j is %s', (place, is) => {
    expect(kindOf(place)).toBe(is);
  });

  test.each([
    ['s3://bucket/ann/x', 'there'],
    ['S3://bucket/ann/x', 'there'],
    ['s3://bucket/anna/x', 'outside-space'],
    ['s3://bucket/ann', 'outside-space'],
    ['s3://Bucket/ann/x', 'outside-space'],
    ['s3://other/ann/x', 'outside-space'],
    ['s3://bucket:1/ann/x', 'outside-space'],
    ['s3://me@bucket/ann/x', 'outside-space'],
    ['gs://bucket/ann/x', 'outside-space'],
    ['/ann/x', 'outside-space'],
    ['s3://bucket/ann/../bob', 'forbidden'],
    ['s3://bucket/ann/x?versionId=1', 'forbidden'],
  ])('%j is %s of s3://bucket/ann', (place, is) => {
    expect(kindOf(place, 's3://bucket/ann')).toBe(is);
  });

  test('a slash at the end of a prefix says nothing more', () => {
    expect(kindOf('/u/ann/x', '/u/ann/')).toBe('there');
    expect(kindOf('/u/anna', '/u/ann/')).toBe('outside-space');
  });
});

test.each(['/u/ann', '/u/ann/', '/data/night 7', 's3://bucket', 's3://bucket/ann', 'root://host:1094/store/ann'])(
  'a prefix may be %j',
  (prefix) => {
    expect(prefixFault(prefix)).toBeNull();
  },
);

test.each([
  ...['', '/', 'u/ann', './u', '../u', '/u/../ann', '/u//ann', '/dev/shm', '/proc', 'file:///u/ann', 's3:', 's3:///x'],
  ...['/u/a:b', '/u/a,b', '/u/ann.', '/u/%2e%2e', 's3://bucket/ann?x', 'sluice:sha256:00', '/u/\u0007'],
])('a prefix may not be %j', (prefix) => {
  expect(prefixFault(prefix)).toEqual(expect.any(String));
});

test.each(['/', '/u/../v', '/u//ann', 'u', 'file:///u/ann'])('nothing lies below %j, which is no prefix', (prefix) => {
  for (const place of [`${prefix}/x`, '/u/ann/x', '/x', 'x'])
    expect([place, outputFault(place, prefix)]).toEqual([place, expect.anything()]);
  expect(prefixFolderOf(prefix)).toBeNull();
});

test('prefixes nest when one lies below the other, at the end of a segment', () => {
  expect(prefixesNest('/u', '/u/ann')).toBe(true);
  expect(prefixesNest('/u/ann/', '/u')).toBe(true);
  expect(prefixesNest('s3://b', 's3://b/x')).toBe(true);
  expect(prefixesNest('/u/ann', '/u/ann/')).toBe(false);
  expect(prefixesNest('/u/ann', '/u/anna')).toBe(false);
  expect(prefixesNest('s3://b', 's3://c/x')).toBe(false);
});

test('the path of a place is where a worker finds it', () => {
  expect(localPathOf('/u/ann/x/')).toBe('/u/ann/x');
  expect(localPathOf('file:///u/ann/night%207')).toBe('/u/ann/night 7');
  expect(localPathOf('x')).toBeNull();
  expect(localPathOf('s3://b/x')).toBeNull();
});

const seed = Number(process.env['SEED'] ?? Date.now());
const piece = fc.oneof(
  fc.constantFrom(
    '..',
    '.',
    '',
    '%2e%2e',
    '%252e',
    '%2f',
    '\\',
    ' ',
    'ann',
    'anna',
    'u',
    '/',
    '\0',
    'file://',
    's3://',
  ),
  fc.string({ maxLength: 6 }),
);
const written = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('/'));

test(`what is judged to lie there lies there however it is read (seed ${seed})`, () => {
  const place = fc.oneof(
    written,
    written.map((rest) => `/u/ann/${rest}`),
    written.map((rest) => `file:///u/ann/${rest}`),
  );
  fc.assert(
    fc.property(place, (text) => {
      const path = localPathOf(text);
      if (outputFault(text, '/u/ann') !== null || path === null) return;
      for (let reading = path, times = 0; times < 4; times += 1) {
        expect(posix.resolve('/', reading).startsWith('/u/ann/')).toBe(true);
        reading = reading.replaceAll('\\', '/').replace(/%[0-9a-f]{2}/gi, decodedOnce);
      }
    }),
    { seed, numRuns: 20_000 },
  );
});

function decodedOnce(sign: string): string {
  try {
    return decodeURIComponent(sign);
  } catch {
    return sign;
  }
}

test(`a path of plain segments below a prefix lies there, and not below another one (seed ${seed})`, () => {
  const segment = fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/);
  const segments = fc
    .array(segment, { minLength: 1, maxLength: 4 })
    .filter(([first]) => !/^(dev|proc|sys)$/.test(first ?? ''));
  fc.assert(
    fc.property(segments, fc.array(segment, { minLength: 1, maxLength: 3 }), segment, (below, rest, more) => {
      const prefix = `/${below.join('/')}`;
      expect(prefixFault(prefix)).toBeNull();
      expect(kindOf([prefix, ...rest].join('/'), prefix)).toBe('there');
      expect(kindOf([prefix + more, ...rest].join('/'), prefix)).toBe('outside-space');
      expect(kindOf([prefix, ...rest].join('/'), `s3:/${prefix}`)).toBe('outside-space');
    }),
    { seed, numRuns: 2_000 },
  );
});
