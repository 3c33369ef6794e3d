import { readCounters, type Counters } from '../kit/counters.js';
import { runFloor } from '../kit/floor.js';
import { measureRun, submitShape, type MeasuredRun } from '../kit/measured-run.js';
import { inTurn, medianOf, ratioOf } from '../kit/paired.js';
import { settleDisk, type Servers } from '../kit/servers.js';
import { withStack, type Stack } from '../kit/stack.js';
import { rounded } from '../kit/statistics.js';
import type { Shape } from '../kit/workload.js';
import {
  atLeast,
  atMost,
  type Bar,
  type BenchOptions,
  type Row,
  type Scenario,
  type ScenarioResult,
} from '../scenario.js';

/** As in the floor's own runs. */
const floorLease = 500;
const layers = 10;
const secondsMax = 900;

/** What one run of ours cost besides time. */
interface Cost {
  natsMessages: number;
  commits: number;
  /** Per service, in the order of the stack. */
  services: { name: string; cpuSec: number; peakRssMib: number }[];
}

export const e2e: Scenario = {
  about: 'a DAG of 10 layers, 3 parents each, paired with the floor',
  async run(servers, options, say) {
    const shape = { jobs: options.jobs ?? 100_000, layers };
    const { run, cost } = await costRun(servers, shape, options);
    say(`warm-up: ours ${rounded(run.jobsPerSec)} jobs/s`);
    const ours = async (): Promise<number> => (await oneRun(servers, shape, options)).jobsPerSec;
    const theirs = async (): Promise<number> =>
      (await runFloor(servers, options.floor, { shape, lease: floorLease })).jobsPerSec;
    const pairs = await inTurn(options.pairs, { ours, theirs }, say);
    return resultOf({ shape, cost, pairs });
  },
};

/** Submits without workers, starts them, and measures from the first lease to the end. */
async function runOn(stack: Stack, servers: Servers, shape: Shape, options: BenchOptions): Promise<MeasuredRun> {
  const id = await submitShape(stack, shape);
  await settleDisk(servers);
  await stack.startWorkers(options);
  return measureRun(stack, id, { jobs: shape.jobs, secondsMax });
}

const oneRun = (servers: Servers, shape: Shape, options: BenchOptions): Promise<MeasuredRun> =>
  withStack(servers, (stack) => runOn(stack, servers, shape, options));

/** The first run warms the machine up; it is counted, and not timed. */
function costRun(servers: Servers, shape: Shape, options: BenchOptions): Promise<{ run: MeasuredRun; cost: Cost }> {
  return withStack(servers, async (stack) => {
    const id = await submitShape(stack, shape);
    const before = await readCounters(servers, stack.databaseUrl);
    await stack.startWorkers(options);
    const run = await measureRun(stack, id, { jobs: shape.jobs, secondsMax });
    const after = await readCounters(servers, stack.databaseUrl);
    return { run, cost: { ...difference(before, after), services: usages(stack) } };
  });
}

const difference = (before: Counters, after: Counters): Counters => ({
  natsMessages: after.natsMessages - before.natsMessages,
  commits: after.commits - before.commits,
});

const usages = (stack: Stack): Cost['services'] =>
  stack.services.map((service) => {
    const { cpuSec, peakRssMib } = service.usage();
    return { name: service.name, cpuSec, peakRssMib };
  });

function resultOf(measured: { shape: Shape; cost: Cost; pairs: { ours: number; theirs: number }[] }): ScenarioResult {
  const { shape, cost, pairs } = measured;
  const thousands = shape.jobs / 1_000;
  const rows: Row[] = pairs.map((pair, i) => ({
    pair: i + 1,
    'ours jobs/s': rounded(pair.ours),
    'floor jobs/s': rounded(pair.theirs),
    ratio: rounded(pair.ours / pair.theirs),
  }));
  rows.push({
    pair: 'median',
    'ours jobs/s': rounded(medianOf(pairs, 'ours')),
    'floor jobs/s': rounded(medianOf(pairs, 'theirs')),
    ratio: rounded(ratioOf(pairs)),
  });
  const usage = cost.services.map(
    ({ name, cpuSec, peakRssMib }) => `${name}: ${rounded(cpuSec)} s of processor, at most ${peakRssMib} MiB resident`,
  );
  return { rows, bars: barsOf(shape, pairs, cost, thousands), notes: [...usage, ...clockNotes] };
}

function barsOf(shape: Shape, pairs: { ours: number; theirs: number }[], cost: Cost, thousands: number): Bar[] {
  const ofServices = cost.services.filter(({ name }) => !name.startsWith('worker'));
  return [
    atLeast(`${shape.jobs} jobs, ratio to the floor`, rounded(ratioOf(pairs)), shape.jobs >= 1_000_000 ? 0.55 : 0.5),
    atMost('NATS in_msgs per 1,000 jobs', rounded(cost.natsMessages / thousands), 20),
    atMost('PostgreSQL commits per 1,000 jobs', rounded(cost.commits / thousands), 15),
    atMost('resident MiB of the largest service', Math.max(...ofServices.map((each) => each.peakRssMib)), 300),
  ];
}

const clockNotes = [
  'Ours is timed from the first lease granted (min of attempt.leased_at) to workflow.ended_at, by PostgreSQL; the floor from its first terminal message to its last settle. Submitting is in neither.',
  'Messages and commits are counted in a run of its own, from before the workers start to 11 s after the end: registering, heartbeats and sweeps are in them.',
];
