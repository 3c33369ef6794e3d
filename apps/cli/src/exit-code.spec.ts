import { expect, test } from '@jest/globals';
import { ProblemError, ServerUnreachable } from '#client';
import { CliFault, exitCodeOf, faultOf } from './exit-code.js';

const problem = (status: number): ProblemError =>
  new ProblemError({ type: 't', title: 'Title', status, code: 'c', detail: 'it is so', remedy: 'do that' });

test.each([
  ['done', 0],
  ['partial', 1],
  ['failed', 1],
  ['cancelled', 3],
] as const)('a workflow that ended %s exits %i', (state, code) => {
  expect(exitCodeOf(state)).toBe(code);
});

test.each([
  [400, 2],
  [401, 4],
  [403, 4],
  [404, 4],
  [410, 4],
  [409, 2],
  [413, 2],
  [422, 2],
  [429, 5],
  [500, 5],
  [503, 5],
])('an answer %i exits %i and says what to do', (status, code) => {
  expect(faultOf(problem(status))).toMatchObject({ exitCode: code, lines: ['it is so', 'do that'] });
});

test('no server exits 5, a fault of ours keeps its code, and a bug is none', () => {
  expect(faultOf(new ServerUnreachable('http://127.0.0.1:1'))?.exitCode).toBe(5);
  expect(faultOf(new CliFault(6, ['late']))?.exitCode).toBe(6);
  expect(faultOf(new TypeError('bug'))).toBeNull();
});
