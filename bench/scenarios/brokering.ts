import { askingTemplate, setBrokering, users } from '../kit/brokered.js';
import { measureRun, submitShape, type MeasuredRun } from '../kit/measured-run.js';
import { inTurn, medianOf, ratioOf } from '../kit/paired.js';
import { settleDisk, type Servers } from '../kit/servers.js';
import { withStack, type Stack } from '../kit/stack.js';
import { rounded } from '../kit/statistics.js';
import { WaitingSessions, type SessionsOptions } from '../kit/waiting-sessions.js';
import { atLeast, type BenchOptions, type Row, type Scenario } from '../scenario.js';

const jobsDefault = 100_000;
/** Less would be start-up and nothing else. */
const chainJobsMax = 800;
const secondsMax = 300;

/** A load of four workflows. Without sessions of its own the worker app runs it. */
interface Load {
  name: string;
  /** Brokered, each workflow is another user's: they run in turns and no batch is of one alone. Else all are of one user. */
  manyUsers: boolean;
  jobs: number;
  /** Of each workflow; 0: as many as it has jobs. */
  layers: number;
  sessions: SessionsOptions | null;
}

/** With shares, sites and limits of every kind on: the loads of the other scenarios keep at least 0.9 of their speed. */
export const brokering: Scenario = {
  about: 'with sites, limits and shares on, paired with none set',
  async run(servers, options, say) {
    const jobs = options.jobs ?? jobsDefault;
    const rows: Row[] = [];
    const bars: ReturnType<typeof atLeast>[] = [];
    for (const load of loadsOf(jobs).filter(({ name }) => name === (options.only ?? name))) {
      say(load.name);
      const settles = { ours: 0, theirs: 0 };
      const measured = async (who: keyof typeof settles): Promise<number> => {
        const run = await oneRun(servers, load, { options, brokered: who === 'ours' });
        settles[who] = run.settles;
        return run.jobsPerSec;
      };
      const [ours, theirs] = [() => measured('ours'), () => measured('theirs')];
      await theirs(); // warms up
      const pairs = await inTurn(options.pairs, { ours, theirs }, say);
      const ratio = rounded(ratioOf(pairs));
      rows.push({
        load: load.name,
        'brokered jobs/s': rounded(medianOf(pairs, 'ours')),
        'plain jobs/s': rounded(medianOf(pairs, 'theirs')),
        ratio,
        'jobs per settle': `${rounded(load.jobs / settles.ours)}, plain ${rounded(load.jobs / settles.theirs)}`,
        'ratios of pairs': pairs.map((pair) => rounded(pair.ours / pair.theirs)).join(' '),
      });
      bars.push(atLeast(`${load.name}: with sites, limits and shares, of the speed without`, ratio, 0.9));
    }
    return {
      rows,
      bars,
      notes: [
        `Both run ${users.length} workflows. Brokered: each job under a limit of its template, its site, its space and its user, at sites with tags and ceilings, in a tree of ${users.length} users with weights. Plain: nothing set.`,
        'Of one user in both, but for loads of four users: brokered they run their four workflows in turns, plain one after the other.',
      ],
    };
  },
};

const loadsOf = (jobs: number): Load[] => [
  ...ofOneAndOfMany({ name: 'DAG of 10 layers', jobs, layers: 10, sessions: null }),
  ...ofOneAndOfMany({ name: 'independent', jobs, layers: 1, sessions: null }),
  ...ofOneAndOfMany({ name: '16-job leases', jobs, layers: 1, sessions: { sessions: 256, leaseJobs: 16 } }),
  ...ofOneAndOfMany({ name: '1-job leases', jobs, layers: 1, sessions: { sessions: 1_000, leaseJobs: 1 } }),
  ...ofOneAndOfMany({ name: 'chains', jobs: Math.min(jobs, chainJobsMax), layers: 0, sessions: null }),
];

const ofOneAndOfMany = (load: Omit<Load, 'manyUsers'>): Load[] => [
  { ...load, manyUsers: false },
  { ...load, name: `${load.name}, four users`, manyUsers: true },
];

function oneRun(
  servers: Servers,
  load: Load,
  { options, brokered }: { options: BenchOptions; brokered: boolean },
): Promise<MeasuredRun> {
  return withStack(servers, async (stack) => {
    if (brokered) await setBrokering(stack);
    await settleDisk(servers);
    const waiting = load.sessions && (await WaitingSessions.start(stack, load.sessions));
    try {
      const ids = await submitAll(stack, load, { brokered });
      if (!waiting) await settleDisk(servers);
      if (!waiting) await stack.startWorkers(options);
      const each = Math.floor(load.jobs / users.length);
      return await measureRun(stack, ids, { jobs: each * users.length, secondsMax });
    } finally {
      await waiting?.stop();
    }
  });
}

/** Four workflows: all at once, since the first may run already while the others are sent. */
function submitAll(stack: Stack, load: Load, { brokered }: { brokered: boolean }): Promise<string[]> {
  const jobs = Math.floor(load.jobs / users.length);
  const shape = { jobs, layers: load.layers === 0 ? jobs : load.layers };
  return Promise.all(
    users.map(([owner]) =>
      brokered
        ? submitShape(stack, { ...shape, template: askingTemplate }, { owner: load.manyUsers ? owner : users[0]?.[0] })
        : submitShape(stack, shape),
    ),
  );
}
