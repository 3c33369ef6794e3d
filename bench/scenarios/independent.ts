import { runGraphileWorker } from '../kit/graphile-worker.js';
import { measureRun, submitShape } from '../kit/measured-run.js';
import { inTurn, medianOf, ratioOf } from '../kit/paired.js';
import { settleDisk, type Servers } from '../kit/servers.js';
import { withStack } from '../kit/stack.js';
import { rounded } from '../kit/statistics.js';
import { atLeast, type BenchOptions, type Scenario } from '../scenario.js';

const secondsMax = 300;

export const independent: Scenario = {
  about: 'jobs without edges, paired with graphile-worker',
  async run(servers, options, say) {
    const jobs = options.jobs ?? 100_000;
    const ours = (): Promise<number> => ourRun(servers, jobs, options);
    const theirs = (): Promise<number> => runGraphileWorker(servers, jobs);
    await ours();
    await theirs(); // both warm up
    const pairs = await inTurn(options.pairs, { ours, theirs }, say);
    return {
      rows: [
        ...pairs.map((pair, i) => ({ pair: i + 1, ...columns(pair.ours, pair.theirs, pair.ours / pair.theirs) })),
        { pair: 'median', ...columns(medianOf(pairs, 'ours'), medianOf(pairs, 'theirs'), ratioOf(pairs)) },
      ],
      bars: [atLeast(`${jobs} independent jobs, ratio to graphile-worker`, rounded(ratioOf(pairs)), 0.75)],
      notes: [
        'graphile-worker 0.18: one process, localQueue and batched completion; its no-op task runs in that process and finished rows are deleted.',
        'Its clock runs from start of the runner to an empty table; ours from the first lease to the end of the workflow.',
      ],
    };
  },
};

const columns = (ours: number, theirs: number, ratio: number): Record<string, number> => ({
  'ours jobs/s': rounded(ours),
  'graphile-worker jobs/s': rounded(theirs),
  ratio: rounded(ratio),
});

function ourRun(servers: Servers, jobs: number, options: BenchOptions): Promise<number> {
  return withStack(servers, async (stack) => {
    const id = await submitShape(stack, { jobs, layers: 1 });
    await settleDisk(servers);
    await stack.startWorkers(options);
    return (await measureRun(stack, id, { jobs, secondsMax })).jobsPerSec;
  });
}
