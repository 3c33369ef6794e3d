import { expect, test } from '@jest/globals';
import { memoryArgument } from './memory-argument.js';

test.each([
  ['x2', { times: 2 }],
  ['X1.5', { times: 1.5 }],
  ['8GiB', { mib: 8_192 }],
  ['8 gib', { mib: 8_192 }],
  ['1.5GiB', { mib: 1_536 }],
  ['512MiB', { mib: 512 }],
  ['8192', { mib: 8_192 }],
  ['0.1', { mib: 1 }],
  ['1TiB', { mib: 1_048_576 }],
])('%s is read', (text, order) => {
  expect(memoryArgument(text)).toEqual(order);
});

test.each(['', 'x', 'x0', 'x1001', '-1', '8GB', '8G', 'two', '0', '1e3', '1000TiB', '2x', 'x2x'])(
  '%j is refused: it may be meant otherwise',
  (text) => {
    expect(() => memoryArgument(text)).toThrow(/Give x2/);
  },
);
