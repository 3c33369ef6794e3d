/** Goal: a green run of CI says that the sandbox was tried, wherever it can be. */
import { expect, test } from '@jest/globals';
import { findTestBwrap, sandboxLeftOut } from '#test-kit';

const missing = { missing: 'there is no bwrap on PATH' };
const path = { path: '/usr/bin/bwrap', options: new Set<string>() };
const machine = (inCi: boolean, allows: boolean) => ({ inCi, allowsNamespaces: () => allows });

test('the sandbox is tried here, unless this machine forbids it or this is no CI', async () => {
  expect(sandboxLeftOut(await findTestBwrap())).toBeNull();
});

test('CI fails when no sandbox is found on a machine that allows namespaces, and only then', () => {
  expect(sandboxLeftOut(missing, machine(true, true))).toContain('there is no bwrap on PATH');
  expect(sandboxLeftOut(missing, machine(true, false))).toBeNull();
  expect(sandboxLeftOut(missing, machine(false, true))).toBeNull();
  expect(sandboxLeftOut(path, machine(true, true))).toBeNull();
});
