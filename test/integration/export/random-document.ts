import type { DocumentJob, WrittenHeader } from '#contracts';
import type { Random } from '#test-kit';

type WrittenJob = Partial<DocumentJob> & { name: string };
type Written = { after?: unknown } & Omit<WrittenJob, 'after'>;

/** A document as somebody may write it, and the lines that it must come back as. */
export interface RandomDocument {
  header: WrittenHeader;
  jobs: object[];
  /** The normal form of docs/document.md, worked out here from what was drawn. */
  normal: object[];
}

/** What was drawn of one job, before it is written in one of the many ways there are. */
interface Drawn {
  name: string;
  kind: 'job' | 'barrier' | 'group';
  blocking: boolean;
  /** Row of its group. */
  group: number | null;
  /** Rows; each once, in the order in which they are named. */
  success: number[];
  ended: number[];
  template: string | null;
  label: string | null;
  spec: Record<string, unknown>;
}

const nfd = 'é'.normalize('NFD');
const oddNames = ['plain', '星', `caf${nfd}`, 'with space', 'quote"d', "it's", '-3', '7', 'a/b', '{x}', '#{}', '=1+1'];

/** 1-60 jobs with everything that a document may hold. */
export function randomDocument(random: Random): RandomDocument {
  const templates = ['t', `r${nfd}sum${nfd}`, 'null', '{y}'].slice(0, random.pick([1, 1, 2, 4]));
  const drawn = drawJobs(random, templates);
  // Rows are drawn parents first; the document has them in any order.
  const order = random.once(3) ? drawn.map((_, row) => row) : random.shuffled(drawn.map((_, row) => row));
  const position = new Map(order.map((row, place) => [row, place]));
  const placeOf = (row: number): number => position.get(row) ?? -1;
  const header = randomHeader(random, templates);
  const rows = order.map((row) => drawn[row]).filter((job) => job !== undefined);
  const edges = rows.reduce((sum, { success, ended }) => sum + success.length + ended.length, 0);
  return {
    header: { ...header, ...(random.once(2) && { jobCount: rows.length }) },
    jobs: rows.map((job) => written(random, job, { drawn, placeOf, templates })),
    normal: [
      { ...header, jobCount: rows.length, edgeCount: edges },
      ...rows.map((job) => normalOf(job, { drawn, placeOf, templates })),
    ],
  };
}

function drawJobs(random: Random, templates: readonly string[]): Drawn[] {
  const size = random.between(1, 60);
  const drawn: Drawn[] = [];
  while (drawn.length < size) {
    if (random.once(8)) drawGroup(random, drawn, templates);
    else drawn.push(drawJob(random, drawn, { templates, parents: rowsBelow(drawn), group: null }));
  }
  return drawn;
}

/** The group's parents come before its members; the group itself, which waits for them, after. Members' edges stay legal. */
function drawGroup(random: Random, drawn: Drawn[], templates: readonly string[]): void {
  const before = rowsBelow(drawn);
  const outside = before.filter((row) => drawn[row]?.group === null);
  const members = random.between(0, 4);
  const group = drawn.length + members;
  for (let member = 0; member < members; member += 1) {
    const siblings = Array.from({ length: member }, (_, i) => group - members + i);
    drawn.push(drawJob(random, drawn, { templates, parents: [...outside, ...siblings], group }));
  }
  const node = drawJob(random, drawn, { templates, parents: before, group: null });
  drawn.push({ ...node, kind: 'group', blocking: !random.once(2) });
}

const rowsBelow = (drawn: readonly Drawn[]): number[] => drawn.map((_, row) => row);

function drawJob(
  random: Random,
  drawn: readonly Drawn[],
  { templates, parents, group }: { templates: readonly string[]; parents: number[]; group: number | null },
): Drawn {
  const kind = random.once(6) ? 'barrier' : 'job';
  const chosen = random.shuffled(parents.slice(-20)).slice(0, random.once(3) ? 0 : random.below(5));
  const cut = random.once(2) ? random.below(chosen.length + 1) : chosen.length;
  return {
    name: `${random.pick(oddNames)}${drawn.length}`,
    ...{ kind, blocking: true, group },
    ...{ success: chosen.slice(0, cut), ended: chosen.slice(cut) },
    template: kind === 'job' || random.once(2) ? random.pick(templates) : null,
    label: random.once(2) ? random.pick(oddNames) : null,
    spec: randomSpec(random),
  };
}

function randomSpec(random: Random): Record<string, unknown> {
  const all: Record<string, unknown> = {
    vars: { x: random.pick(['', 'ü', '{x}', '\t"\\', '1e999']), ...(random.once(2) && { other: 'y' }) },
    params: random.pick<unknown>([null, 0, '', [], {}, { deep: [{ a: null }, 1e21, -0.5, 'ß'] }]),
    inputs: random.pick<unknown>([['raw'], [{ name: 'x', uri: 'file:///x', bytes: null }, 'raw'], []]),
    outputs: random.pick<unknown>([[{ name: 'out', bytes: 5_000_000_000 }], []]),
    tags: random.pick<unknown>([{}, { tract: '9813', ключ: 'да' }]),
    weight: random.pick<unknown>([{}, { isr: 0, łabel: 2.5 }]),
    observed: random.pick<unknown>([{}, { runtimeSec: 1.5, avgCPU: 99.1, memoryBytes: null }, { state: 'old' }]),
  };
  return Object.fromEntries(Object.entries(all).filter(([part]) => part === 'vars' || random.once(3)));
}

interface Places {
  drawn: readonly Drawn[];
  placeOf: (row: number) => number;
  templates: readonly string[];
}

/** One of the ways to write it: parents by name or position, twice, with conditions; defaults said or left out. */
function written(random: Random, job: Drawn, { drawn, placeOf, templates }: Places): Written {
  const nameOf = (row: number): string => drawn[row]?.name ?? '';
  const named = (row: number): string | number => (random.once(2) ? nameOf(row) : placeOf(row));
  const success = job.success.flatMap((row) => {
    const plain = random.once(3) ? { job: named(row), ...(random.once(2) && { on: 'success' }) } : named(row);
    // Said twice, or also with the weaker condition: it must still finish.
    return random.once(6) ? [plain, { job: named(row), on: random.pick(['ended', 'success']) }] : [plain];
  });
  const after = [...success, ...job.ended.map((row) => ({ job: named(row), on: 'ended' }))];
  const isOnly = templates.length === 1 && job.kind === 'job';
  return {
    name: job.name,
    ...(job.label !== null && { label: job.label }),
    ...(job.template !== null && !(isOnly && random.once(2)) && { template: job.template }),
    ...(job.kind !== 'job' || random.once(5)
      ? { kind: random.once(2) && job.kind === 'barrier' ? 'noop' : job.kind }
      : {}),
    ...(job.group !== null && { in: nameOf(job.group) }),
    ...(job.kind === 'group' && (!job.blocking || random.once(2)) && { blocking: job.blocking }),
    ...((after.length > 0 || random.once(5)) && { after }),
    ...job.spec,
  };
}

function normalOf(job: Drawn, { drawn, placeOf, templates }: Places): object {
  const nfc = (text: string): string => text.normalize('NFC');
  const template = job.template === null ? null : nfc(job.template);
  const label = job.label === null ? null : nfc(job.label);
  const after = [...job.success.map(placeOf), ...job.ended.map((row) => ({ job: placeOf(row), on: 'ended' }))];
  const isEmpty = (part: string, value: unknown): boolean =>
    part !== 'params' && Object.keys(value as object).length === 0;
  return {
    name: nfc(job.name),
    ...(label !== null && label !== (template ?? job.kind) && { label }),
    ...(template !== null && !(templates.length === 1 && job.kind === 'job') && { template }),
    ...(job.kind !== 'job' && { kind: job.kind }),
    ...(job.group !== null && { in: nfc(drawn[job.group]?.name ?? '') }),
    ...(!job.blocking && { blocking: false }),
    ...(after.length > 0 && { after }),
    ...Object.fromEntries(Object.entries(job.spec).filter(([part, value]) => !isEmpty(part, value))),
  };
}

function randomHeader(random: Random, templates: readonly string[]): WrittenHeader {
  const bodies: Record<string, unknown>[] = [
    { command: { argv: ['echo', '{x}', '{attempt}'] }, priority: 7 },
    {
      command: { cmdline: 'echo $x', image: null },
      env: { x: '{x}' },
      retry: { rules: [{ exit: [1], then: 'fail' }] },
    },
    { transform: 'noop', params: { '{x}': ['{x}'] }, opaque: { z: 1, a: [null] } },
    {},
  ];
  const optional: Partial<WrittenHeader> = {
    tags: { project: 'dp02', ключ: 'да' },
    annotations: { z: 1, a: { b: [1e-7, null, 'ü'] } },
    source: { format: 'bps', version: '1', submitPath: '/x' },
    defaults: { command: { argv: ['true', '{x}'] }, resources: { cores: 2, memoryGrowth: 2 }, env: { A: '1' } },
    policy: { onFailure: random.pick(['continue', 'failFast']), parallelism: random.pick([null, 3]) },
    final: {
      when: random.pick(['always', 'success']),
      job: { template: templates[0], vars: { x: '1' }, params: null },
    },
    edgeCount: undefined,
  };
  const chosen = Object.fromEntries(Object.entries(optional).filter(([part]) => part === 'defaults' || random.once(2)));
  return {
    apiVersion: 'sluice/v1',
    name: `caf${nfd} ${random.pick(oddNames)}`,
    ...chosen,
    files: { raw: { uri: 's3://bucket/raw', transfer: true, shared: false, bytes: null }, [`f${nfd}`]: {} },
    templates: Object.fromEntries(templates.map((name) => [name, random.pick(bodies)])),
  };
}
