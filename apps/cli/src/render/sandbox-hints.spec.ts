import { expect, test } from '@jest/globals';
import { sandboxHints } from './sandbox-hints.js';

const group = (name: string, message: string | null) => ({
  ...{ name, fingerprint: '0'.repeat(16), jobs: 1, label: 'a', reason: 'error' as const, exitCode: 1, signal: null },
  ...{ sites: [], message: '', sample: { ordinal: 0, name: 'j', message }, firstAt: '', lastAt: '' },
});

test('what jobs lacked is told once, by the group that most failed of it', () => {
  const lacks = 'cat: x\n[sandbox: jobs do not see /x here]';
  const groups = [group('e1', 'bad'), group('e2', lacks), group('e3', null), group('e4', lacks)];
  expect(sandboxHints(groups)).toEqual(['e2, sandbox: jobs do not see /x here']);
});

test('only the end of a message is a hint, and it cannot steer the terminal', () => {
  expect(sandboxHints([group('e1', '[sandbox: mine]\nand more')])).toEqual([]);
  expect(sandboxHints([group('e1', '[sandbox: a\u001b[2Jb]')]).join()).not.toContain('\u001b');
});
