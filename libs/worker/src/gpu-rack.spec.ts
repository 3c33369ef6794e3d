import { expect, test } from '@jest/globals';
import { GpuRack } from './gpu-rack.js';

test('no GPU is handed out twice, and each comes back', () => {
  const rack = new GpuRack(['0', '1', 'MIG-7']);
  const [one, two] = [rack.take(2), rack.take(1)];
  expect([...(one ?? []), ...(two ?? [])].sort()).toEqual(['0', '1', 'MIG-7']);
  expect(() => rack.take(1)).toThrow('1 GPUs are wanted and 0 are idle');
  rack.giveBack(one);
  expect(rack.take(2)).toEqual(one);
});

test('an attempt that asks for none has none; a worker that hands out none says so', () => {
  expect(new GpuRack(['0']).take(0)).toEqual([]);
  expect(new GpuRack(null).take(0)).toBeNull();
  expect(new GpuRack(null).count).toBe(0);
});
