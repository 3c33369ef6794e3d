import { expect, test } from '@jest/globals';
import { stricterRule } from './sandbox-rule.js';

test('a worker that was told nothing does as its site says', () => {
  expect(stricterRule('auto', null)).toBe('auto');
  expect(stricterRule('required', null)).toBe('required');
  expect(stricterRule('off', null)).toBe('off');
});

test('of what site and worker say the stricter holds, whoever says it', () => {
  expect(stricterRule('off', 'auto')).toBe('auto');
  expect(stricterRule('required', 'off')).toBe('required');
  expect(stricterRule('auto', 'required')).toBe('required');
  expect(stricterRule('auto', 'off')).toBe('auto');
  expect(stricterRule('off', 'off')).toBe('off');
});
