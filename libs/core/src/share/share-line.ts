/**
 * Owns the order in which leaves of the tree of shares are served: at each level the child with the least use for its
 * weight goes first, so that users of a group compete only inside their group (Slurm's Fair Tree, slurm.schedmd.com/
 * fair_tree.html, taken one job at a time: what is handed out counts at once).
 *
 * O1  Dividing by the weight is dividing by the target: siblings' targets differ from their weights by one common factor.
 * O2  Only leaves that stand in the line count: the part of idle siblings falls to the others by itself.
 * O3  Equal use for the weight: the heavier first, then the older share.
 */
import type { ShareTree } from './share-tree.js';

interface Spot {
  readonly id: number;
  readonly weight: number;
  use: number;
  /** Those below it that still wait, the next one first: a binary heap. Empty: a leaf. */
  readonly heap: Spot[];
}

export class ShareLine {
  private readonly top: Spot = { id: 0, weight: 1, use: 0, heap: [] };

  /**
   * @param leaves ids of leaves that have work.
   * @param useOf a node, in core seconds: of a group with all that is below it.
   */
  constructor(tree: ShareTree, leaves: Iterable<number>, useOf: (id: number) => number) {
    const spots = new Map<number, Spot>();
    const waiting = [...leaves];
    for (const leaf of waiting) {
      let above = this.top;
      for (const id of tree.pathTo(leaf)) {
        const known = spots.get(id);
        const spot = known ?? { id, weight: tree.weightOf(id), use: useOf(id), heap: [] };
        if (!known) {
          spots.set(id, spot);
          above.heap.push(spot);
        }
        above = spot;
      }
    }
    for (const leaf of waiting) {
      const spot = spots.get(leaf); // T3
      if (spot && spot.heap.length > 0) spot.heap.push({ id: leaf, weight: 1, use: ownUse(spot), heap: [] });
    }
    for (const spot of [this.top, ...spots.values()]) {
      for (let place = (spot.heap.length >> 1) - 1; place >= 0; place -= 1) sink(spot.heap, place);
    }
  }

  /** Who is next; null when nobody waits any more. */
  next(): number | null {
    let spot = this.top.heap[0];
    while (spot && spot.heap.length > 0) spot = spot.heap[0];
    return spot?.id ?? null;
  }

  /** The next one got something: it and those above it go back in their lines, or leave them when nothing is left. */
  charge(coreSec: number, then: 'stays' | 'leaves'): void {
    const lines: Spot[][] = [];
    for (let heap = this.top.heap, spot = heap[0]; spot; heap = spot.heap, spot = heap[0]) {
      spot.use += coreSec;
      lines.push(heap);
    }
    let leaving = then === 'leaves';
    for (const heap of lines.reverse()) {
      if (leaving) removeFirst(heap);
      else sink(heap, 0);
      leaving &&= heap.length === 0;
    }
  }
}

/**
 * The leaves in the order in which they are served first; take as many as you need.
 * @see ShareLine
 */
export function* inShareOrder(...line: ConstructorParameters<typeof ShareLine>): Generator<number> {
  const waiting = new ShareLine(...line);
  for (let leaf = waiting.next(); leaf !== null; leaf = waiting.next()) {
    yield leaf;
    waiting.charge(0, 'leaves');
  }
}

/** What a node used beside what those below it did, as far as they wait. */
const ownUse = ({ use, heap }: Spot): number =>
  Math.max(
    0,
    heap.reduce((rest, below) => rest - below.use, use),
  );

function goesBefore(a: Spot, b: Spot): boolean {
  const difference = a.use * b.weight - b.use * a.weight; // a.use / a.weight < b.use / b.weight
  if (difference !== 0) return difference < 0;
  return a.weight === b.weight ? a.id < b.id : a.weight > b.weight;
}

function sink(heap: Spot[], from: number): void {
  const sinking = heap[from];
  if (!sinking) return;
  let place = from;
  for (;;) {
    const left = heap[2 * place + 1];
    const right = heap[2 * place + 2];
    const child = left && right && goesBefore(right, left) ? 2 * place + 2 : 2 * place + 1;
    const above = heap[child];
    if (!above || !goesBefore(above, sinking)) break;
    heap[place] = above;
    place = child;
  }
  heap[place] = sinking;
}

function removeFirst(heap: Spot[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  heap[0] = last;
  sink(heap, 0);
}
