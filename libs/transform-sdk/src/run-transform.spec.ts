import { expect, test } from '@jest/globals';
import { rm, stat } from 'node:fs/promises';
import { z } from 'zod';
import { JobFailure, Transform, defineTransform, runTransform, transformOf } from '#transform-sdk';

const Greeting = z.object({ whom: z.string().min(1), times: z.number().default(1) });

@Transform({ name: 'greet', version: '1', params: Greeting })
class Greet {
  run(params: z.infer<typeof Greeting>) {
    return { text: `hello ${params.whom}`.repeat(params.times) };
  }
}

const anything = z.looseObject({});
const define = (run: Parameters<typeof defineTransform<unknown>>[0]['run']) =>
  defineTransform({ name: 'probe', version: '1', params: anything, run });

test('a decorated class runs with its params checked and its defaults filled in', async () => {
  const trial = await runTransform(Greet, { params: { whom: 'sky' } });
  expect(trial).toMatchObject({ outcome: 'finished', outputs: { text: 'hello sky' }, workFolder: null });
});

test('placeholders in params are filled in, as the worker does it', async () => {
  const trial = await runTransform(Greet, {
    params: { whom: '{band}-{attempt}' },
    job: { vars: { band: 'r' }, attempt: 2 },
  });
  expect(trial.outputs).toEqual({ text: 'hello r-2' });
});

test('params that do not fit are refused by name, and run is not called', async () => {
  const trial = await runTransform(Greet, { params: { whom: 7 } });
  expect(trial).toMatchObject({ outcome: 'failed', reason: 'rejected' });
  expect(trial.message).toContain('whom');
});

test('a JobFailure keeps its reason and exit code; any other error is `error` with its stack', async () => {
  const typed = define(() => {
    throw new JobFailure({ reason: 'site', message: 'no scratch disk', exitCode: 3 });
  });
  const other = define(() => Promise.reject(new Error('boom')));
  expect(await runTransform(typed)).toMatchObject({
    reason: 'site',
    message: 'no scratch disk',
    usage: { exitCode: 3 },
  });
  expect((await runTransform(other)).message).toMatch(/Error: boom\n +at /);
});

test('a stop reaches a loop that gives way, and names its reason', async () => {
  const endless = define(async (_params, ctx) => {
    for (;;) await ctx.giveWay();
  });
  const trial = await runTransform(endless, { stop: { afterMs: 5, reason: 'timeout' } });
  expect(trial).toMatchObject({ outcome: 'failed', reason: 'timeout' });
});

test('a work folder exists once asked for; logs are kept in order', async () => {
  const writes = define(async (_params, ctx) => {
    ctx.log('one');
    ctx.log('two', { step: 2 });
    return { folder: await ctx.workFolder() };
  });
  const trial = await runTransform(writes);
  expect(trial.logs).toEqual(['one', 'two {"step":2}']);
  const folder = trial.workFolder ?? '';
  expect((await stat(folder)).isDirectory()).toBe(true);
  await rm(folder, { recursive: true });
});

test('a transform that could not be told apart later is refused when it is defined', () => {
  const run = () => undefined;
  expect(() => defineTransform({ name: 'Bad Name', version: '1', params: anything, run })).toThrow('lower-case');
  expect(() => defineTransform({ name: 'good', version: '', params: anything, run })).toThrow('version');
  expect(transformOf({ name: 'plain', version: '1', run })).toBeNull();
});

test('the test kit runs a transform in under 100 ms', async () => {
  const startedMs = performance.now();
  await runTransform(Greet, { params: { whom: 'sky' } });
  expect(performance.now() - startedMs).toBeLessThan(100);
});
