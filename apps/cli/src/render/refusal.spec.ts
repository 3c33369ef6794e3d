import { expect, test } from '@jest/globals';
import { refusalLines } from './refusal.js';

test('a refusal lists place, job, message and remedy, and how many there are of each code', () => {
  const lines = refusalLines('a.yaml', {
    errors: [
      {
        code: 'UNKNOWN_PARENT',
        where: '/jobs/3/after/0',
        job: 'merge',
        message: 'there is no job "isr_9"',
        remedy: 'Did you mean "isr_0"?',
      },
    ],
    counts: { UNKNOWN_PARENT: 1_200, CYCLE: 1 },
  });
  expect(lines).toEqual([
    'a.yaml: refused, 1 201 errors; nothing was submitted',
    '  UNKNOWN_PARENT  /jobs/3/after/0  job merge',
    '      there is no job "isr_9"',
    '      Did you mean "isr_0"?',
    '  ... and 1 200 more',
    '      1 200  UNKNOWN_PARENT',
    '          1  CYCLE',
  ]);
});
