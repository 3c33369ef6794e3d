import type { Random } from '#test-kit';

/** A document as data: what is written out in one of the forms. */
export interface TrialDocument {
  header: Record<string, unknown>;
  jobs: Record<string, unknown>[];
}

const texts = [
  'a',
  'Größe',
  '名前',
  '🔭 sky',
  'two words',
  '{{x}}',
  '',
  "it's",
  '"q"',
  '\\n',
  '12',
  'null',
  'yes',
  '#1',
  ': x',
];
const labels = ['isr', 'Kalibrierung', 'détecter', 'merge all'];

/** Any JSON value that a document may hold where it is not looked at. */
export function randomValue(random: Random, depth = 3): unknown {
  const kind = random.below(depth > 0 ? 8 : 5);
  if (kind === 0) return random.pick([null, true, false]);
  if (kind === 1) return random.between(-5, 9_007_199_254_740_991);
  if (kind === 2) return random.pick([0.5, -1.25, 1e-7, 3.14, 0, 1e21]);
  if (kind < 5) return random.pick(texts);
  const size = random.below(4);
  if (kind === 5) return Array.from({ length: size }, () => randomValue(random, depth - 1));
  return Object.fromEntries(Array.from({ length: size }, (_, i) => [`k${i}`, randomValue(random, depth - 1)]));
}

/** A document that must be taken: good names, parents that come before, every placeholder filled. */
export function randomDocument(random: Random): TrialDocument {
  const templates = Array.from({ length: random.between(1, 3) }, (_, i) => [`t${i}`, randomTemplate(random)] as const);
  const count = random.once(100) ? random.between(50, 200) : random.between(1, 12);
  const jobs: Record<string, unknown>[] = [];
  for (let i = 0; i < count; i++)
    jobs.push(
      randomJob(
        random,
        jobs,
        templates.map(([name]) => name),
      ),
    );
  const header: Record<string, unknown> = {
    apiVersion: 'sluice/v1',
    name: random.pick(['w', 'Übersicht', 'a b', '名']),
    templates: Object.fromEntries(templates),
  };
  if (random.once(3)) header['tags'] = { project: random.pick(texts), 'k é': 'v' };
  if (random.once(3)) header['annotations'] = { any: randomValue(random) };
  if (random.once(4)) header['files'] = { raw: { uri: 'file:///raw', bytes: 5_000_000_000 } };
  if (random.once(4)) header['policy'] = { onFailure: random.pick(['continue', 'failFast']) };
  if (random.once(5)) header['defaults'] = { env: { A: 'b' }, resources: { cores: 2 } };
  if (random.once(6)) header['final'] = { when: 'always', job: { template: 't0', vars: { node: '1', x: 'y' } } };
  if (random.once(3)) header['jobCount'] = count;
  return { header, jobs };
}

function randomTemplate(random: Random): Record<string, unknown> {
  if (random.once(2))
    return { transform: 'noop', params: randomValue(random) === undefined ? null : { n: random.below(9) } };
  return {
    command: { argv: ['run', '{node}', '{attempt}', '{{kept}}', "awk '{print $1}'"] },
    env: { OUT: '/tmp/{x}' },
    resources: { cores: random.pick([1, 0.5, 4]), memoryMib: random.between(1, 4_096) },
    retry: { retries: random.below(5), rules: [{ exit: [1, 2], then: 'fail' }] },
  };
}

function randomJob(
  random: Random,
  before: readonly Record<string, unknown>[],
  templates: readonly string[],
): Record<string, unknown> {
  const name = `${random.pick(['job', 'é', '🔭', 'a b'])}_${before.length}`;
  const job: Record<string, unknown> = {
    name,
    template: random.pick(templates),
    vars: { node: `${before.length}`, x: 'y' },
  };
  if (random.once(3)) job['label'] = random.pick(labels);
  if (random.once(8)) job['kind'] = random.pick(['job', 'barrier', 'noop']);
  if (before.length > 0 && !random.once(4)) job['after'] = randomParents(random, before);
  if (random.once(4)) job['params'] = randomValue(random);
  if (random.once(6)) job['tags'] = { t: random.pick(texts) };
  if (random.once(6)) job['weight'] = { isr: random.below(5), other: 0.5 };
  if (random.once(6)) job['inputs'] = [{ name: random.pick(['in', 'é']), uri: 'file:///x', bytes: random.below(100) }];
  if (random.once(6)) job['outputs'] = [{ name: 'out', bytes: null }];
  if (random.once(6)) job['observed'] = { runtimeSec: 1.5, memoryBytes: 4_000_000_000, more: randomValue(random) };
  return job;
}

function randomParents(random: Random, before: readonly Record<string, unknown>[]): unknown[] {
  return Array.from({ length: random.between(1, 4) }, () => {
    const parent = random.below(before.length);
    const ref = random.once(2) ? parent : before[parent]?.['name'];
    return random.once(5) ? { job: ref, on: random.pick(['success', 'ended']) } : ref;
  });
}
