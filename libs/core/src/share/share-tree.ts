/**
 * Owns the tree of shares: who is whose child, and what each is promised. Knows neither use nor time.
 *
 * T1  A node's weight counts among its siblings only.
 * T2  A node whose parent is unknown stands at the top.
 * T3  Work of a node that has children counts as one more child of it, of weight 1.
 */

/** One node. A leaf is a user's: jobs belong to leaves only. */
export interface ShareNode {
  readonly id: number;
  readonly parentId: number | null;
  /** Names from the top, `/` between them: `rubin/dm/alice`. */
  readonly path: string;
  /** Over 0. Twice the weight of a sibling: twice its part while both have work. */
  readonly weight: number;
}

/** Most nodes above a leaf: a deeper one counts as if it hung there. */
const depthMax = 32;

export class ShareTree {
  private readonly nodes = new Map<number, ShareNode>();
  private readonly paths = new Map<number, readonly number[]>();

  /** Nodes that nothing is below. */
  readonly leafCount: number;

  constructor(nodes: Iterable<ShareNode>) {
    for (const node of nodes) this.nodes.set(node.id, node);
    const parents = new Set([...this.nodes.values()].map(({ parentId }) => parentId));
    this.leafCount = [...this.nodes.keys()].filter((id) => !parents.has(id)).length;
  }

  get size(): number {
    return this.nodes.size;
  }

  node(id: number): ShareNode | undefined {
    return this.nodes.get(id);
  }

  all(): IterableIterator<ShareNode> {
    return this.nodes.values();
  }

  /** Ids from the top down to the node itself; a node that nobody knows stands alone at the top. */
  pathTo(id: number): readonly number[] {
    const known = this.paths.get(id);
    if (known) return known;
    const path = [id];
    let parent = this.nodes.get(id)?.parentId ?? null;
    while (parent !== null && this.nodes.has(parent) && path.length < depthMax) {
      path.push(parent);
      parent = this.nodes.get(parent)?.parentId ?? null;
    }
    path.reverse();
    if (this.nodes.has(id)) this.paths.set(id, path);
    return path;
  }

  /** A node that nobody knows (its share was made a moment ago) counts like any other sibling. */
  weightOf(id: number): number {
    return this.nodes.get(id)?.weight ?? 1;
  }

  /** Sums what leaves have over every node above them, and themselves. */
  sumUp(ofLeaves: ReadonlyMap<number, number>): Map<number, number> {
    const sums = new Map<number, number>();
    for (const [leaf, amount] of ofLeaves) {
      for (const id of this.pathTo(leaf)) sums.set(id, (sums.get(id) ?? 0) + amount);
    }
    return sums;
  }

  /**
   * What part of everything each node is promised: its weight among those siblings that take part, times the part of its
   * parent. The part of those that do not take part goes to their siblings first.
   * @param taking ids of leaves that have work or use.
   */
  targets(taking: Iterable<number>): Map<number, number> {
    const active = new Set<number>();
    for (const leaf of taking) for (const id of this.pathTo(leaf)) active.add(id);
    const weights = new Map<number | null, number>();
    for (const id of active) {
      const parent = this.parentIn(id);
      weights.set(parent, (weights.get(parent) ?? 0) + this.weightOf(id));
    }
    const targets = new Map<number, number>();
    const targetOf = (id: number): number => {
      const known = targets.get(id);
      if (known !== undefined) return known;
      const parent = this.parentIn(id);
      const part = this.weightOf(id) / (weights.get(parent) ?? 1);
      const target = part * (parent === null ? 1 : targetOf(parent));
      targets.set(id, target);
      return target;
    };
    for (const id of active) targetOf(id);
    return targets;
  }

  private parentIn(id: number): number | null {
    return this.pathTo(id).at(-2) ?? null;
  }
}
