import type { DocumentError } from '#contracts';
import { childLists, mergeParents } from '#core';
import type { WrittenJob } from '../job-shape.js';
import { DocumentRefused, Refusal } from '../refusal.js';
import { inNfc } from '../text-rule.js';
import { shown } from '../where.js';

/** Who waits for whom in a whole document, by position. */
export class WrittenGraph {
  readonly names: string[] = [];
  private readonly positions = new Map<string, number>();
  private readonly afters: (readonly After[])[] = [];
  private readonly refusal = new Refusal();
  private childrenOf: ((ordinal: number) => Uint32Array) | null = null;
  private parentsOf: ReadonlyMap<number, 'success' | 'ended'>[] = [];

  add({ name, after = [] }: WrittenJob): void {
    const ordinal = this.names.length;
    const kept = inNfc(name);
    const first = this.positions.get(kept);
    if (first === undefined) this.positions.set(kept, ordinal);
    else this.refusal.add(twin(name, first, ordinal));
    this.names.push(kept);
    this.afters.push(after.length === 0 ? none : after);
  }

  /** Once all jobs were added. @throws DocumentRefused for names that stand twice and unknown parents */
  resolve(): void {
    this.parentsOf = this.afters.map((after, ordinal) => this.merged(after, ordinal));
    if (!this.refusal.isEmpty) throw new DocumentRefused(this.refusal.answer());
    this.childrenOf = this.childFinder();
  }

  /** Parents in the order in which they are first named, each once; one named both ways has to finish. */
  parents(ordinal: number): ReadonlyMap<number, 'success' | 'ended'> {
    return this.parentsOf[ordinal] ?? new Map();
  }

  children(ordinal: number): Uint32Array {
    if (this.childrenOf === null) throw new Error('WrittenGraph.resolve() comes first');
    return this.childrenOf(ordinal);
  }

  private merged(after: readonly After[], ordinal: number): ReadonlyMap<number, 'success' | 'ended'> {
    if (after.length === 0) return noParents;
    const parents = new Map<number, 'success' | 'ended'>();
    for (const item of after) {
      const { job, on = 'success' } = typeof item === 'object' ? item : { job: item };
      const parent = typeof job === 'number' ? job : this.positions.get(inNfc(job));
      if (parent === undefined || parent >= this.names.length)
        this.refusal.add(unknownParent(this.names[ordinal], job, ordinal));
      else if (on === 'success' || !parents.has(parent)) parents.set(parent, on);
    }
    return parents;
  }

  private childFinder(): (ordinal: number) => Uint32Array {
    const jobs = this.names.length;
    const start = new Uint32Array(jobs + 1);
    this.parentsOf.forEach((parents, ordinal) => {
      start[ordinal + 1] = (start[ordinal] ?? 0) + parents.size;
    });
    const refs = new Uint32Array(start[jobs] ?? 0);
    this.parentsOf.forEach((parents, ordinal) => refs.set([...parents.keys()], start[ordinal]));
    const found = childLists(mergeParents({ start, refs }, new Uint32Array(jobs)), new Uint32Array(jobs));
    return (ordinal) => found.children.subarray(found.start[ordinal], found.start[ordinal + 1]);
  }
}

type After = NonNullable<WrittenJob['after']>[number];

const none: readonly After[] = [];
const noParents: ReadonlyMap<number, 'success' | 'ended'> = new Map();

const twin = (name: string, first: number, ordinal: number): DocumentError => ({
  code: 'DUPLICATE_NAME',
  where: `/jobs/${ordinal}/name`,
  job: name,
  message: `jobs ${first} and ${ordinal} are both named ${shown(name)}`,
  remedy: 'Give each job its own name.',
});

const unknownParent = (name: string | undefined, parent: number | string, ordinal: number): DocumentError => ({
  code: 'UNKNOWN_PARENT',
  where: `/jobs/${ordinal}/after`,
  ...(name !== undefined && { job: name }),
  message: `the job waits for ${typeof parent === 'number' ? `job ${parent}` : shown(parent)}, which does not exist`,
  remedy: 'Correct its `after`, or add the missing job.',
});
