import { expect, test } from '@jest/globals';
import { rangeAsked } from './byte-range.js';

test.each([
  ['bytes=0-0', 0, 0],
  ['bytes=2-5', 2, 5],
  ['bytes=2-', 2, 9],
  ['bytes=2-100', 2, 9],
  ['bytes=-3', 7, 9],
  ['bytes=-100', 0, 9],
  ['bytes = 9 - 9', 9, 9],
])('%s of ten bytes', (header, first, last) => {
  expect(rangeAsked(header, 10)).toEqual({ kind: 'part', range: { first, last } });
});

test.each([undefined, '', 'bytes=', 'bytes=-', 'bytes=5-2', 'bytes=a-b', 'lines=0-1', 'bytes=0-1,3-4'])(
  '%s is the whole',
  (header) => {
    expect(rangeAsked(header, 10)).toEqual({ kind: 'whole' });
  },
);

test.each([
  ['bytes=10-', 10],
  ['bytes=10-12', 10],
  ['bytes=-0', 10],
  ['bytes=0-0', 0],
  ['bytes=-1', 0],
])('%s of %d bytes is beyond them', (header, bytes) => {
  expect(rangeAsked(header, bytes)).toEqual({ kind: 'beyond' });
});
