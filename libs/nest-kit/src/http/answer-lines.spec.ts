import { expect, test } from '@jest/globals';
import { acceptsGzip } from './answer-lines.js';

test.each(['gzip', 'br, gzip', 'GZIP;q=0.5', 'deflate;q=1, gzip ; q=0.001', 'x-gzip'])('%s accepts gzip', (header) => {
  expect(acceptsGzip(header)).toBe(true);
});

test.each([undefined, '', 'identity', 'br', 'gzip;q=0', 'gzip; q=0.000', 'gzipped'])('%s does not', (header) => {
  expect(acceptsGzip(header)).toBe(false);
});
