import { expect, test } from '@jest/globals';
import { runTransform, type TransformContext } from '#transform-sdk';
import { noop } from './noop.js';

test('noop finishes whatever its params, without a work folder', async () => {
  expect(await runTransform(noop, { params: { any: ['thing'] } })).toMatchObject({
    outcome: 'finished',
    workFolder: null,
  });
});

test('noop ends synchronously, so that it costs the worker no timer and no promise', () => {
  const nothing = {} as TransformContext;
  expect(noop.run(undefined, nothing)).toBeUndefined();
});
