import { expect, test } from '@jest/globals';
import { Turnstile } from './turnstile.js';

test('so many work at once, the others in line in turn, and the next is sent away', async () => {
  const turnstile = new Turnstile({ insideMax: 2, lineMax: 2 });
  const ends: (() => void)[] = [];
  const began: number[] = [];
  const enter = (no: number): Promise<void> =>
    turnstile.pass(() => {
      began.push(no);
      return new Promise((resolve) => ends.push(resolve));
    });
  const all = [0, 1, 2, 3].map(enter);
  await expect(enter(4)).rejects.toMatchObject({ refused: { status: 503 } });
  expect(began).toEqual([0, 1]);
  for (let no = 0; no < 4; no++) {
    ends[no]?.();
    await all[no];
  }
  expect(began).toEqual([0, 1, 2, 3]);
});

test('work that fails leaves its place free', async () => {
  const turnstile = new Turnstile({ insideMax: 1, lineMax: 1 });
  const failing = turnstile.pass(() => Promise.reject(new Error('no')));
  const next = turnstile.pass(() => Promise.resolve('in'));
  await expect(failing).rejects.toThrow('no');
  await expect(next).resolves.toBe('in');
});
