/** Goal: over a long time every leaf gets what the tree promises it, whatever its jobs are like. Virtual time only. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Random } from '#test-kit';
import { ShareTrial, type Trial, type TrialLeaf } from './share-trial.js';
import { ShareTree, type ShareNode } from './share-tree.js';

const seed = Number(process.env['SHARE_SEED'] ?? 20_261_122);
const hourSec = 3_600;

const node = (id: number, parentId: number | null, weight: number): ShareNode => {
  return { id, parentId, weight, path: String(id) };
};

const leaf = (id: number, over: Partial<TrialLeaf> = {}): TrialLeaf => {
  return { id, cores: 1, runSec: () => 60, usualSec: 60, hasWork: () => true, ...over };
};

function expectParts(trial: ShareTrial, wanted: Record<number, number>): void {
  const parts = trial.parts();
  for (const [id, part] of Object.entries(wanted)) {
    const got = parts.get(Number(id)) ?? 0;
    if (Math.abs(got / part - 1) > 0.05) throw new Error(`leaf ${id} got ${got}, promised ${part}`);
  }
}

const site = (nodes: ShareNode[], leaves: TrialLeaf[], over: Partial<Trial> = {}): ShareTrial =>
  new ShareTrial({ nodes, leaves, slots: 20, halfLifeSec: 4 * hourSec, roundSec: 10, ...over });

test('two leaves of weights 3 and 1 get three quarters and one quarter', () => {
  const trial = site([node(1, null, 3), node(2, null, 1)], [leaf(1), leaf(2)]);
  trial.runUntil(24 * hourSec);
  expectParts(trial, { 1: 0.75, 2: 0.25 });
});

test('users of a group compete only inside it: many users do not make its part larger', () => {
  const users = Array.from({ length: 9 }, (_, no) => 10 + no);
  const nodes = [node(1, null, 1), node(2, null, 1), ...users.map((id) => node(id, 1, 1)), node(30, 2, 1)];
  const trial = site(
    nodes,
    [...users, 30].map((id) => leaf(id)),
  );
  trial.runUntil(30 * hourSec);
  expectParts(trial, { 30: 0.5, ...Object.fromEntries(users.map((id) => [id, 1 / 18])) });
});

test('three levels: each part is the product of the parts on its way', () => {
  const nodes = [node(1, null, 2), node(2, null, 1), node(3, 1, 3), node(4, 1, 1), node(5, 3, 1), node(6, 3, 4)];
  const trial = site(nodes, [leaf(5), leaf(6), leaf(4), leaf(2)]);
  trial.runUntil(24 * hourSec);
  expectParts(trial, { 5: (2 / 3) * (3 / 4) * 0.2, 6: (2 / 3) * (3 / 4) * 0.8, 4: (2 / 3) * (1 / 4), 2: 1 / 3 });
});

test('what counts is core seconds: neither short jobs, wide ones nor wrong beliefs about them win anything', () => {
  const random = new Random(seed);
  const nodes = [1, 2, 3, 4].map((id) => node(id, null, id));
  const leaves = [
    leaf(1, { runSec: () => random.between(1, 9), usualSec: 5 }),
    leaf(2, { runSec: () => random.between(600, 3_000), usualSec: null }),
    leaf(3, { cores: 8, runSec: () => random.between(30, 90), usualSec: 1 }),
    leaf(4, { cores: 2, runSec: () => random.between(10, 2_000), usualSec: 3_000 }),
  ];
  const trial = site(nodes, leaves, { slots: 40, halfLifeSec: 24 * hourSec, roundSec: 15 });
  trial.runUntil(72 * hourSec);
  expectParts(trial, { 1: 0.1, 2: 0.2, 3: 0.3, 4: 0.4 });
});

test('the part of a leaf without work goes to its siblings first', () => {
  const nodes = [node(1, null, 1), node(2, null, 1), node(3, 1, 1), node(4, 1, 1), node(5, 2, 1)];
  const trial = site(nodes, [leaf(3), leaf(4, { hasWork: () => false }), leaf(5)]);
  trial.runUntil(24 * hourSec);
  expectParts(trial, { 3: 0.5, 5: 0.5 });
});

/**
 * The same promise as a flow: at every instant the room goes to those with the least use for their weight, until they
 * reach the next. Written from the definition, in small steps, knowing nothing of rounds, jobs and trees.
 */
function flow(leaves: { id: number; weight: number; hasWork: (atSec: number) => boolean }[], slots: number, o: Flow) {
  const use = new Map(leaves.map(({ id }) => [id, 0]));
  const given = new Map(leaves.map(({ id }) => [id, 0]));
  for (let at = 0; at < o.untilSec; at += o.stepSec) {
    for (const [id, coreSec] of use) use.set(id, coreSec * 0.5 ** (o.stepSec / o.halfLifeSec));
    const able = leaves.filter(({ hasWork }) => hasWork(at));
    const grains = 40;
    for (let grain = 0; grain < grains && able.length > 0; grain += 1) {
      const ratio = (one: (typeof able)[number]): number => (use.get(one.id) ?? 0) / one.weight;
      const { id } = able.reduce((least, one) => (ratio(one) < ratio(least) ? one : least));
      const coreSec = (slots * o.stepSec) / grains;
      use.set(id, (use.get(id) ?? 0) + coreSec);
      given.set(id, (given.get(id) ?? 0) + coreSec);
    }
  }
  return given;
}
interface Flow {
  untilSec: number;
  stepSec: number;
  halfLifeSec: number;
}

test('leaves that come and go get what the flow of the same promise gives them', () => {
  const comes = (fromHour: number, toHour: number) => (atSec: number) =>
    atSec >= fromHour * hourSec && atSec < toHour * hourSec;
  const plan = [
    { id: 1, weight: 1, hasWork: () => true },
    { id: 2, weight: 2, hasWork: comes(10, 60) },
    { id: 3, weight: 3, hasWork: (atSec: number) => comes(0, 20)(atSec) || comes(40, 100)(atSec) },
  ];
  const halfLifeSec = 6 * hourSec;
  const trial = site(
    plan.map(({ id, weight }) => node(id, null, weight)),
    plan.map(({ id, hasWork }) => leaf(id, { hasWork })),
    { halfLifeSec },
  );
  trial.runUntil(100 * hourSec);
  const wanted = flow(plan, 20, { untilSec: 100 * hourSec, stepSec: 60, halfLifeSec });
  const all = [...wanted.values()].reduce((sum, part) => sum + part, 0);
  expectParts(trial, Object.fromEntries([...wanted].map(([id, part]) => [id, part / all])));
});

test(`random trees of one to three levels: every leaf is within 5 % of its target (seed ${seed})`, () => {
  const weight = fc.integer({ min: 1, max: 5 });
  const shape = fc.array(
    fc.tuple(weight, fc.array(fc.tuple(weight, fc.array(weight, { maxLength: 3 })), { maxLength: 3 })),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  fc.assert(
    fc.property(shape, fc.integer(), (tops, draw) => {
      const random = new Random(draw);
      const { nodes, wanted } = plant(tops);
      const leaves = Object.keys(wanted).map((id) => {
        const meanSec = random.pick([20, 60, 200]);
        const runSec = (): number => random.between(meanSec / 2, (meanSec * 3) / 2);
        return leaf(Number(id), { cores: random.pick([1, 1, 2, 4]), runSec, usualSec: random.pick([null, meanSec]) });
      });
      const trial = site(nodes, leaves, { slots: 30 });
      trial.runUntil(20 * hourSec);
      expectParts(trial, wanted);
    }),
    { seed, numRuns: Number(process.env['SHARE_RUNS'] ?? 5) },
  );
}, 120_000);

type Shape = [number, [number, number[]][]][];

/** Makes a tree of nested weights; what each leaf is promised is known while it is made. */
function plant(tops: Shape): { nodes: ShareNode[]; wanted: Record<number, number> } {
  const nodes: ShareNode[] = [];
  const wanted: Record<number, number> = {};
  const grow = (parentId: number | null, part: number, children: [number, unknown[]][]): void => {
    const all = children.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, below] of children) {
      const id = nodes.length + 1;
      nodes.push(node(id, parentId, weight));
      const own = (part * weight) / all;
      const next = below.map((child) => (Array.isArray(child) ? child : [child, []]) as [number, unknown[]]);
      if (next.length === 0) wanted[id] = own;
      else grow(id, own, next);
    }
  };
  grow(null, 1, tops);
  return { nodes, wanted };
}

test('targets add up to one, and are the parts that were planted', () => {
  const tops: Shape = [
    [2, [[1, [1, 3]]]],
    [1, []],
  ];
  const { nodes, wanted } = plant(tops);
  const targets = new ShareTree(nodes).targets(Object.keys(wanted).map(Number));
  for (const [id, part] of Object.entries(wanted)) expect(targets.get(Number(id))).toBeCloseTo(part, 9);
});
