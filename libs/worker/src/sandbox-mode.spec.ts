import { expect, test } from '@jest/globals';
import { sandboxModeOf, stricterMode } from './sandbox-mode.js';

test('a worker that was told nothing does as its site says', () => {
  expect(['auto', 'required', 'off'].map((site) => stricterMode(sandboxModeOf(site) ?? 'off', null))).toEqual([
    'auto',
    'required',
    'off',
  ]);
});

test('of what site and worker say the stricter holds, whoever says it', () => {
  expect(stricterMode('off', 'auto')).toBe('auto');
  expect(stricterMode('required', 'off')).toBe('required');
  expect(stricterMode('auto', 'required')).toBe('required');
  expect(stricterMode('auto', 'off')).toBe('auto');
  expect(stricterMode('off', 'off')).toBe('off');
});

test('another word names no mode', () => {
  expect(sandboxModeOf('on')).toBeNull();
});
