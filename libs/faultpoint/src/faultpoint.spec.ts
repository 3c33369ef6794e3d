import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BadFault, readFaultOrders } from './fault-order.js';
import { faultpointOf } from './faultpoint.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-faultpoint-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const linesOf = (file: string): unknown[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

test('a process that is told nothing, or not where to say what it did, passes every point', () => {
  for (const environment of [{}, { FAULT: 'relay.midBatch:1:throw' }, { FAULT_LOG: join(folder, 'none') }]) {
    expect(() => faultpointOf(environment)('relay.midBatch')).not.toThrow();
  }
});

test('it acts at the hit that was named, once, and writes down what it did', () => {
  const FAULT_LOG = join(folder, 'thrown');
  const pass = faultpointOf({ FAULT: 'apply.midBatch:3:throw,dag.afterClaim:1:delay:1', FAULT_LOG });
  const thrown = Array.from({ length: 5 }, () => {
    try {
      pass('apply.midBatch');
      return false;
    } catch (fault) {
      return (fault as Error).name === 'FaultThrown';
    }
  });
  expect(thrown).toEqual([false, false, true, false, false]);
  pass('dag.afterClaim');
  pass('relay.midBatch');
  expect(linesOf(FAULT_LOG)).toMatchObject([
    { point: 'apply.midBatch', hit: 3, act: 'throw' },
    { point: 'dag.afterClaim', hit: 1, act: 'delay' },
  ]);
});

test('an item is met at every hit that has it in hand, and at no other', () => {
  const FAULT_LOG = join(folder, 'item');
  const pass = faultpointOf({ FAULT: 'apply.midBatch:#7:throw', FAULT_LOG });
  const throws = (items?: number[]): boolean => {
    try {
      pass('apply.midBatch', items);
      return false;
    } catch {
      return true;
    }
  };
  expect([throws([1, 7]), throws([1, 77]), throws(), throws([7])]).toEqual([true, false, false, true]);
  expect(linesOf(FAULT_LOG)).toMatchObject([{ hit: 1 }, { hit: 4 }]);
});

test('kill ends the process before its next statement, and leaves its line', () => {
  const FAULT_LOG = join(folder, 'killed');
  const module = new URL('./faultpoint.js', import.meta.url).href;
  const program = `const { faultpoint } = await import('${module}'); faultpoint('relay.afterSelect'); console.log('alive');`;
  const { signal, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    env: { FAULT: 'relay.afterSelect:1:kill', FAULT_LOG },
    encoding: 'utf8',
  });
  expect([signal, stdout]).toEqual(['SIGKILL', '']);
  expect(linesOf(FAULT_LOG)).toMatchObject([{ point: 'relay.afterSelect', hit: 1, act: 'kill' }]);
});

test('a delay may say how long, and is 5 s if it does not', () => {
  expect(readFaultOrders('api.afterInsert:2:delay,api.afterInsert:3:delay:20')).toEqual([
    { point: 'api.afterInsert', at: { nth: 2 }, act: { kind: 'delay', ms: 5_000 } },
    { point: 'api.afterInsert', at: { nth: 3 }, act: { kind: 'delay', ms: 20 } },
  ]);
});

test.each([
  'relay.midbatch:1:kill',
  'relay.midBatch:0:kill',
  'relay.midBatch:kill',
  'relay.midBatch:#:kill',
  'relay.midBatch:#-1:kill',
  'relay.midBatch:1:kill:3',
  'x',
  '',
])('%p is refused, so that no trial passes by a slip of the pen', (text) =>
  expect(() => readFaultOrders(text)).toThrow(BadFault),
);
