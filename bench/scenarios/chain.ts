import { runFloor, type FloorRun } from '../kit/floor.js';
import { measureRun, submitShape } from '../kit/measured-run.js';
import { onDatabase, type Servers } from '../kit/servers.js';
import { withStack, type Stack } from '../kit/stack.js';
import { median, quantile, rounded } from '../kit/statistics.js';
import type { Shape } from '../kit/workload.js';
import { atMost, type BenchOptions, type Row, type Scenario } from '../scenario.js';

const secondsMax = 300;

interface Hops {
  p50: number;
  p99: number;
}

export const chain: Scenario = {
  about: 'a chain: from one settle to the next, paired with the floor',
  async run(servers, options, say) {
    const jobs = options.jobs ?? 200;
    const shape = { jobs, layers: jobs };
    await ourHops(servers, shape, options); // the first run warms up
    const rows: { ours: Hops; floor: Hops }[] = [];
    for (let no = 1; no <= options.pairs; no += 1) {
      const ours = await ourHops(servers, shape, options);
      const floor = hopsOf(await runFloor(servers, options.floor, { shape, lease: 1 }));
      rows.push({ ours, floor });
      say(
        `pair ${no}: ours p50 ${rounded(ours.p50)} ms p99 ${rounded(ours.p99)} ms, floor ${floor.p50} ms ${floor.p99} ms`,
      );
    }
    return {
      rows: rows.map(rowOf),
      bars: [
        atMost('hop p50, ratio to the floor', rounded(median(rows.map(({ ours, floor }) => ours.p50 / floor.p50))), 3),
        atMost('hop p99, ratio to the floor', rounded(median(rows.map(({ ours, floor }) => ours.p99 / floor.p99))), 6),
      ],
      notes: [
        'A hop of ours is the time between the starts of two settles (attempt.settled_at), of the floor between their ends.',
      ],
    };
  },
};

function hopsOf(run: FloorRun): Hops {
  if (run.hopMs === null) throw new Error('the floor prints its hops up to 1,000 jobs only: use fewer');
  return run.hopMs;
}

/** Submitted without workers, as in e2e, so that no hop waits for one to register. */
function ourHops(servers: Servers, shape: Shape, options: BenchOptions): Promise<Hops> {
  return withStack(servers, async (stack) => {
    const id = await submitShape(stack, shape);
    await stack.startWorkers(options);
    await measureRun(stack, id, { jobs: shape.jobs, secondsMax });
    const gaps = await settleGapsMs(stack);
    return { p50: quantile(gaps, 0.5), p99: quantile(gaps, 0.99) };
  });
}

function settleGapsMs(stack: Stack): Promise<number[]> {
  return onDatabase(stack.databaseUrl, async (client) => {
    const { rows } = await client.query<{ ms: number | null }>(
      `select 1000 * extract(epoch from settled_at - lag(settled_at) over (order by ordinal))::float8 as ms from attempt`,
    );
    return rows.flatMap(({ ms }) => (ms === null ? [] : [ms]));
  });
}

const rowOf = ({ ours, floor }: { ours: Hops; floor: Hops }, i: number): Row => ({
  pair: i + 1,
  'ours p50 ms': rounded(ours.p50),
  'ours p99 ms': rounded(ours.p99),
  'floor p50 ms': floor.p50,
  'floor p99 ms': floor.p99,
});
