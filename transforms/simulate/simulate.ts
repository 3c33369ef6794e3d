import { z } from 'zod';
import { defineTransform, type TransformContext } from '#transform-sdk';
import { sleep } from './sleep.js';
import { writeStandIns } from './stand-ins.js';

/**
 * `runtimeSec`: how long the job took when it was observed. `speed`: how many times faster it goes by now; 0 is at once.
 */
const Simulation = z.object({
  runtimeSec: z.number().min(0).default(0),
  speed: z.number().min(0).default(1),
});

/**
 * Stands in for a job whose program is not at hand: takes its time, then leaves an empty file for each of its outputs.
 * Runs in the worker itself, no process is started; what neither sleeps nor writes ends at once, as noop does.
 */
export const simulate = defineTransform({
  name: 'simulate',
  version: '1',
  params: Simulation,
  run: ({ runtimeSec, speed }, ctx) => {
    const sleepMs = speed === 0 ? 0 : (runtimeSec / speed) * 1_000;
    return sleepMs === 0 && ctx.outputs.length === 0 ? undefined : standIn(sleepMs, ctx);
  },
});

async function standIn(sleepMs: number, ctx: TransformContext): Promise<void> {
  if (sleepMs > 0) await sleep(sleepMs, ctx.signal);
  await writeStandIns(ctx);
}
