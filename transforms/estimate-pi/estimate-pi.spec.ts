import { expect, test } from '@jest/globals';
import { runTransform } from '#transform-sdk';
import { EstimatePi } from './estimate-pi.js';

const estimate = async (params: object, ordinal = 0) =>
  (await runTransform(EstimatePi, { params, job: { ordinal } })).outputs as { pi: number; standardError: number };

test('the estimate lies within five standard errors of pi, for several seeds', async () => {
  for (const seed of [1, 2, 3, 2 ** 40]) {
    const { pi, standardError } = await estimate({ samples: 200_000, seed });
    expect(standardError).toBeCloseTo(0.00367, 4);
    expect(Math.abs(pi - Math.PI)).toBeLessThan(5 * standardError);
  }
});

test('the same seed gives the same estimate; without one, jobs of one label differ', async () => {
  expect(await estimate({ samples: 5_000, seed: 7 })).toEqual(await estimate({ samples: 5_000, seed: 7 }));
  expect(await estimate({ samples: 5_000 }, 1)).not.toEqual(await estimate({ samples: 5_000 }, 2));
});

test('a long estimate stops when it is told to', async () => {
  const trial = await runTransform(EstimatePi, {
    params: { samples: 10_000_000_000 },
    stop: { afterMs: 20, reason: 'cancelled' },
  });
  expect(trial).toMatchObject({ outcome: 'failed', reason: 'cancelled' });
});
