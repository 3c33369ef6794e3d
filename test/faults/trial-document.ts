import type { WrittenHeader } from '#contracts';
import { recordedWork, type Random } from '#test-kit';

/** What a template makes of a job once its parents let it run. */
type Fate = 'finishes' | 'fails';

interface TrialTemplate {
  fate: Fate;
  /** So many of all jobs, in parts. */
  parts: number;
  template: Record<string, unknown>;
}

/** A lost worker is never the reason that a job of a trial fails: its outcome is known before it runs. */
const infraRetries = 1_000;
const small = { cores: 1, memoryMib: 1 };

/** A program that writes down its beginning and its end. */
export const recorded = (sec: number): Record<string, unknown> => recordedWork(sec, { retry: { infraRetries } });

const templates: Record<string, TrialTemplate> = {
  quick: { fate: 'finishes', parts: 8, template: { transform: 'noop', resources: small, retry: { infraRetries } } },
  nap: {
    ...{ fate: 'finishes', parts: 6 },
    template: { transform: 'simulate', params: { runtimeSec: 0.2 }, resources: small, retry: { infraRetries } },
  },
  recorded: { fate: 'finishes', parts: 3, template: recorded(0.1) },
  flaky: {
    ...{ fate: 'finishes', parts: 2 },
    template: {
      command: { argv: ['sh', '-c', '[ "$SLUICE_ATTEMPT" -ge 2 ]'] },
      resources: small,
      retry: { retries: 3, infraRetries },
    },
  },
  broken: {
    ...{ fate: 'fails', parts: 1 },
    template: { command: { argv: ['false'] }, resources: small, retry: { retries: 1, infraRetries } },
  },
};

const drawn = Object.entries(templates).flatMap(([name, { parts }]) => Array.from({ length: parts }, () => name));

interface TrialJob {
  name: string;
  template: string;
  after: { job: number; on: 'success' | 'ended' }[];
}

/** A workflow of a trial: the document that is sent, and how each of its jobs must end if nobody cancels it. */
export interface TrialDocument {
  header: WrittenHeader;
  jobs: readonly TrialJob[];
  /** By ordinal. */
  outcomes: readonly ('finished' | 'failed')[];
}

/** Few or many parents, near or far; some edges wait for an end of any kind. Parents come first. */
export function randomDocument(random: Random, name: string, jobsMax: number): TrialDocument {
  const count = random.between(Math.ceil(jobsMax / 3), jobsMax);
  const reach = random.pick([2, 6, 40]);
  const parentsMax = random.between(1, 3);
  const jobs = Array.from({ length: count }, (_, no): TrialJob => {
    const near = Array.from({ length: Math.min(no, reach) }, (_, back) => no - 1 - back);
    const parents = random.once(5) ? [] : random.shuffled(near).slice(0, random.between(1, parentsMax));
    const after = parents.map((job) => ({ job, on: random.once(6) ? ('ended' as const) : ('success' as const) }));
    return { name: `job_${no}`, template: random.pick(drawn), after };
  });
  return documentOf(name, jobs);
}

/** Jobs that wait for nothing, all of one template: a name of ours, or its own. */
export function plainDocument(name: string, count: number, template: string | Record<string, unknown>): TrialDocument {
  const [use, own] = typeof template === 'string' ? [template, {}] : ['own', { own: template }];
  const jobs = Array.from({ length: count }, (_, no) => ({ name: `job_${no}`, template: use, after: [] }));
  return documentOf(name, jobs, own);
}

/** One job, then many that wait for it, then one that waits for all of them. */
export function fanDocument(name: string, width: number): TrialDocument {
  const success = (job: number) => ({ job, on: 'success' as const });
  const middle = Array.from({ length: width }, (_, no) => ({
    name: `job_${no + 1}`,
    template: 'quick',
    after: [success(0)],
  }));
  const last = { name: 'last', template: 'quick', after: middle.map((_, no) => success(no + 1)) };
  return documentOf(name, [{ name: 'first', template: 'quick', after: [] }, ...middle, last]);
}

function documentOf(
  name: string,
  jobs: readonly TrialJob[],
  own: Record<string, Record<string, unknown>> = {},
): TrialDocument {
  const known = Object.entries(templates).map(([key, { template }]) => [key, template] as const);
  const header = { apiVersion: 'sluice/v1' as const, name, templates: { ...Object.fromEntries(known), ...own } };
  return { header, jobs, outcomes: outcomesOf(jobs) };
}

function outcomesOf(jobs: readonly TrialJob[]): TrialDocument['outcomes'] {
  const outcomes: ('finished' | 'failed')[] = [];
  for (const { template, after } of jobs) {
    const runs = after.every(({ job, on }) => on === 'ended' || outcomes[job] === 'finished');
    outcomes.push(runs && (templates[template]?.fate ?? 'finishes') === 'finishes' ? 'finished' : 'failed');
  }
  return outcomes;
}

/** The document as it is sent. */
export const documentText = ({ header, jobs }: TrialDocument): string =>
  [header, ...jobs.map((job) => ({ ...job, after: job.after.map(shortest) }))]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');

/** A hundred thousand parents must fit in one line. */
const shortest = (parent: TrialJob['after'][number]): number | TrialJob['after'][number] =>
  parent.on === 'success' ? parent.job : parent;
