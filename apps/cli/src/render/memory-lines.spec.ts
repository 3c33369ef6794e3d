import { expect, test } from '@jest/globals';
import type { TaskMemory, TaskView } from '#contracts';
import { memoryLines } from './memory-lines.js';

const counts = { total: 30, waiting: 0, ready: 0, leased: 0, finished: 30, failed: 0 };
const label = (name: string, memory?: Partial<TaskMemory>): TaskView => ({
  ...{ label: name, state: 'done', counts, failedBy: {} },
  ...(memory && {
    memory: { askedMib: 4_096, nextMib: 4_096, attempts: 30, peakMib: null, neededMib: null, ...memory },
  }),
});

test('what should be asked for is said where it is another amount, the furthest off first', () => {
  const tasks = [
    label('isr'),
    label('calibrate', { peakMib: 3_712, neededMib: 4_455 }),
    label('warp', { peakMib: 304, neededMib: 365 }),
    label('coadd', { peakMib: 3_328, neededMib: 3_994 }),
    label('few', { attempts: 3 }),
    label('learns', { peakMib: 3_712, neededMib: 4_455, nextMib: 4_455 }),
  ];
  expect(memoryLines(tasks, 5)).toEqual([
    'memory  warp: p95 304 MiB of 4 GiB asked, could be lowered to 365 MiB',
    'memory  calibrate: p95 3.63 GiB of 4 GiB asked, raise to 4.35 GiB',
    'memory  learns: p95 3.63 GiB of 4 GiB asked, next jobs get 4.35 GiB',
  ]);
});

test('however many and long the labels are, it is a few lines of 80 columns', () => {
  const tasks = Array.from({ length: 40 }, (_, no) =>
    label(`${'x'.repeat(60)}${no}`, { peakMib: 304, neededMib: 365 }),
  );
  const lines = memoryLines(tasks, 5);
  expect(lines).toHaveLength(5);
  expect(lines.at(-1)).toBe('memory  ... and 36 more labels: -o json');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});
