import { z } from 'zod';
import { Transform, type TransformContext } from '#transform-sdk';
import { uniform } from './uniform.js';

const Params = z.object({
  samples: z.int().min(1).max(10_000_000_000).default(1_000_000),
  /** The same seed gives the same estimate; default: the job's position, so that jobs of one label differ. */
  seed: z.int().min(0).optional(),
});

/** Points between two looks at the clock: about 1 ms. */
const stride = 100_000;

/** Estimates pi by throwing points at a square and counting those inside the circle. */
@Transform({ name: 'estimate-pi', version: '1', params: Params })
export class EstimatePi {
  async run(params: z.infer<typeof Params>, ctx: TransformContext) {
    const next = uniform(params.seed ?? ctx.job.ordinal);
    let inside = 0;
    for (let done = 0; done < params.samples; done += stride) {
      inside += countInside(next, Math.min(stride, params.samples - done));
      await ctx.giveWay();
    }
    return estimate(inside, params.samples);
  }
}

function countInside(next: () => number, points: number): number {
  let inside = 0;
  for (let point = 0; point < points; point += 1) if (next() ** 2 + next() ** 2 < 1) inside += 1;
  return inside;
}

/** The error is one standard deviation of the binomial count behind the estimate. */
function estimate(inside: number, samples: number): { pi: number; standardError: number; samples: number } {
  const share = inside / samples;
  return { pi: 4 * share, standardError: 4 * Math.sqrt((share * (1 - share)) / samples), samples };
}
