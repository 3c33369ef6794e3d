/** A site in virtual time: slots that each run one job, leaves that always or at times have work, no real clock. */
import { assignByShare, type SharedRow } from './assign-by-share.js';
import { ShareTree, type ShareNode } from './share-tree.js';
import { decayed, promiseOf } from './use.js';

export interface TrialLeaf {
  /** Id of its node. */
  id: number;
  cores: number;
  /** How long its jobs run, in seconds. */
  runSec: () => number;
  /** What the broker believes about that; null: nothing. */
  usualSec: number | null;
  /** Whether it has work at a time, in seconds. */
  hasWork: (atSec: number) => boolean;
}

export interface Trial {
  nodes: readonly ShareNode[];
  leaves: readonly TrialLeaf[];
  slots: number;
  halfLifeSec: number;
  /** Rounds are so far apart, in seconds. */
  roundSec: number;
}

interface Running {
  leaf: TrialLeaf;
  sinceSec: number;
  untilSec: number;
}

/** Endless work: rows are cut from it as a round needs them. */
const rowJobs = 100;

export class ShareTrial {
  readonly tree: ShareTree;
  /** Core seconds that each leaf was given in all. */
  readonly given = new Map<number, number>();
  private readonly settled = new Map<number, { coreSec: number; atSec: number }>();
  private running: Running[] = [];
  private nowSec = 0;

  constructor(private readonly trial: Trial) {
    this.tree = new ShareTree(trial.nodes);
  }

  runUntil(endSec: number): void {
    for (; this.nowSec < endSec; this.nowSec += this.trial.roundSec) {
      this.settle();
      this.round();
    }
  }

  /** Part of what was given that each leaf got. */
  parts(): Map<number, number> {
    const all = [...this.given.values()].reduce((sum, part) => sum + part, 0);
    return new Map([...this.given].map(([leaf, part]) => [leaf, part / all]));
  }

  private settle(): void {
    for (const { leaf, sinceSec, untilSec } of this.running.filter((job) => job.untilSec <= this.nowSec)) {
      const coreSec = leaf.cores * (untilSec - sinceSec);
      this.given.set(leaf.id, (this.given.get(leaf.id) ?? 0) + coreSec);
      this.settled.set(leaf.id, { coreSec: this.settledUse(leaf.id) + coreSec, atSec: this.nowSec });
    }
    this.running = this.running.filter((job) => job.untilSec > this.nowSec);
  }

  private settledUse(leaf: number): number {
    const { coreSec, atSec } = this.settled.get(leaf) ?? { coreSec: 0, atSec: this.nowSec };
    return decayed(coreSec, { ageSec: this.nowSec - atSec, halfLifeSec: this.trial.halfLifeSec });
  }

  private round(): void {
    const free = this.trial.slots - this.running.length;
    const use = new Map(this.trial.leaves.map(({ id }) => [id, this.settledUse(id)]));
    for (const { leaf, sinceSec } of this.running) {
      const inFlight = Math.max(leaf.cores * (this.nowSec - sinceSec), promiseOf(leaf.cores, leaf.usualSec));
      use.set(leaf.id, (use.get(leaf.id) ?? 0) + inFlight);
    }
    const able = this.trial.leaves.filter((leaf) => leaf.hasWork(this.nowSec));
    const rows = able.map((leaf): SharedRow => {
      const { id, cores, usualSec } = leaf;
      return { id: String(id), classId: id, jobs: rowJobs, leaf: id, promise: promiseOf(cores, usualSec), over: false };
    });
    const classes = new Set(rows.map((row) => row.classId));
    const waiters = Array.from({ length: free }, () => ({ classes, max: 1 }));
    const sums = this.tree.sumUp(use);
    for (const { row } of assignByShare(waiters, rows, { tree: this.tree, useOf: (id) => sums.get(id) ?? 0 })) {
      const leaf = able[row];
      if (leaf) this.running.push({ leaf, sinceSec: this.nowSec, untilSec: this.nowSec + leaf.runSec() });
    }
  }
}
