import { expect, test } from '@jest/globals';
import { csvRecord } from './csv.js';

test('a record follows RFC 4180', () => {
  expect(csvRecord(['a', 1, null, true, 'b,c', 'say "x"', 'two\nlines'])).toBe(
    'a,1,,true,"b,c","say ""x""","two\nlines"',
  );
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx'])('%j cannot be taken for a formula', (text) => {
  expect(csvRecord([text])).toBe(`"'${text}"`);
});

test('negative numbers stay numbers', () => {
  expect(csvRecord([-1])).toBe('-1');
});
