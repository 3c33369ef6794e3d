import { expect, test } from '@jest/globals';
import { atPointer, placeParts } from './place.js';

test.each([
  [atPointer('/jobs/3/after (1)', { line: 12, column: 5 }), 12, 5, '/jobs/3/after (1)'],
  [atPointer('', { line: 1, column: 1 }), 1, 1, '/'],
  [atPointer('/jobs/0/vars', null), null, null, '/jobs/0/vars'],
  ['line 4, column 9', 4, 9, null],
  ['line 17, /after/0', 17, null, '/after/0'],
  ['line 17', 17, null, null],
  ['', null, null, null],
])('%j says where it is to programs too', (where, line, column, pointer) => {
  expect(placeParts(where)).toEqual({ line, column, pointer });
});
