import { documentErrorsMax, type SizeLimits } from '#contracts';
import {
  explainFault,
  ordinalsIn,
  outsideIn,
  type CheckedJob,
  type DagFault,
  type FaultNames,
  type OutsideName,
} from '#core';
import type { RawJob } from '../job-line.js';
import type { OpenDocument } from '../open-document.js';
import { inNfc } from '../text-rule.js';
import { outsideNamesOf, packJobsMax, type DocumentCheck } from './document-check.js';
import { placeOf } from './place.js';
import { nameOf, salvagedJob } from './salvaged-job.js';

/**
 * Puts faults of a graph into words and places. It knows ordinals only: names and places come from reading the document
 * once more, as far as the last job that is told of.
 */
export class ToldFaults {
  private readonly told: DagFault[];
  private readonly wanted: Set<number>;
  private readonly wantedPacks: Set<number>;
  private readonly raws = new Map<number, RawJob>();
  private readonly names = new Map<number, string>();
  private readonly outside = new Map<string, string>();

  constructor(
    faults: readonly DagFault[],
    private readonly limits: SizeLimits,
  ) {
    this.told = [...faults].sort((a, b) => firstIn(a) - firstIn(b));
    this.wanted = new Set(this.told.flatMap(ordinalsIn));
    this.wantedPacks = new Set(this.told.flatMap(outsideIn).map(({ chunkNo }) => chunkNo));
  }

  /** Reads the document again. */
  async read({ jobs }: OpenDocument): Promise<void> {
    const last = Math.max(...this.wanted, ...[...this.wantedPacks].map((no) => (no + 1) * packJobsMax - 1));
    let ordinal = 0;
    let pack: CheckedJob[] = [];
    for await (const some of jobs) {
      for (const raw of some) {
        const packNo = Math.floor(ordinal / packJobsMax);
        if (this.wantedPacks.has(packNo)) pack.push(salvagedJob(valueOf(raw), ordinal, this.limits));
        if (this.wanted.has(ordinal)) this.take(raw, ordinal);
        ordinal++;
        if (ordinal % packJobsMax === 0) {
          this.takePack(packNo, pack);
          pack = [];
        }
      }
      if (ordinal > last) break;
    }
    this.takePack(Math.floor(ordinal / packJobsMax), pack);
  }

  /** Jobs whose names are not the same although their hashes are, by name. */
  collisions(): Map<string, number> {
    const collided = new Map<string, number>();
    for (const fault of this.told) {
      if (fault.code !== 'DUPLICATE_NAME') continue;
      const [name, first] = [this.names.get(fault.ordinal), this.names.get(fault.first)];
      if (name === undefined || first === undefined || name === first) continue;
      collided.set(name, fault.ordinal).set(first, fault.first);
    }
    return collided;
  }

  /** Lists the faults among the errors of `check`; those that follow from others are not counted any more. */
  listIn(check: DocumentCheck, document: OpenDocument): void {
    const names = this.faultNames(check);
    let listed = 0;
    for (const fault of this.told) {
      if (this.followsFromOther(fault, check)) check.errors.count(fault.code, -1);
      else if (listed++ < documentErrorsMax) {
        const { ordinal, code, job, message, remedy } = explainFault(fault, names);
        const raw = this.raws.get(ordinal);
        const where = placeOf(document, { ordinal, pointer: this.pointerOf(fault, names), raw });
        check.errors.list({ ordinal, error: { code, where, job, message, remedy } });
      }
    }
  }

  private take(raw: RawJob, ordinal: number): void {
    this.raws.set(ordinal, raw);
    const name = nameOf(valueOf(raw));
    if (name !== null) this.names.set(ordinal, name);
  }

  private takePack(packNo: number, jobs: readonly CheckedJob[]): void {
    if (jobs.length === 0) return;
    const texts = outsideNamesOf(jobs, packNo);
    for (const name of this.told.flatMap(outsideIn)) {
      if (name.chunkNo === packNo) this.outside.set(keyOf(name), texts[name.index] ?? '?');
    }
  }

  private faultNames(check: DocumentCheck): FaultNames {
    return {
      jobs: check.jobs,
      job: (ordinal) => this.names.get(ordinal) ?? `job ${ordinal}`,
      outside: (name) => this.outside.get(keyOf(name)) ?? '?',
      nearest: (name) => check.nearest(name),
    };
  }

  private followsFromOther(fault: DagFault, { unreadable }: DocumentCheck): boolean {
    if (fault.code !== 'UNKNOWN_PARENT' && fault.code !== 'UNKNOWN_GROUP') return false;
    if (fault.code === 'UNKNOWN_GROUP' && fault.isJob) return false;
    const [name] = outsideIn(fault);
    if (name === undefined) return unreadable.restIsMissing;
    return unreadable.mayHold(this.outside.get(keyOf(name)) ?? '?');
  }

  /** Where in its job the fault stands: the parent itself, where it can be told from the others. */
  private pointerOf(fault: DagFault, names: FaultNames): string {
    const { ordinal, pointer } = explainFault(fault, names);
    const parent = parentIn(fault);
    if (parent === null) return pointer;
    const value = valueOf(this.raws.get(ordinal));
    const after = (value as { after?: unknown } | undefined)?.after;
    const meant: unknown[] = typeof parent === 'number' ? [parent, names.job(parent)] : [names.outside(parent)];
    const index = Array.isArray(after) ? after.findIndex((item) => meant.includes(parentOf(item))) : -1;
    return index < 0 ? pointer : `${pointer}/${index}`;
  }
}

const keyOf = ({ chunkNo, index }: OutsideName): string => `${chunkNo}:${index}`;

const firstIn = (fault: DagFault): number => (fault.code === 'CYCLE' ? (fault.ordinals[0] ?? 0) : fault.ordinal);

/** The parent that a fault is about; null when it is about something else. */
function parentIn(fault: DagFault): number | OutsideName | null {
  if (fault.code === 'UNKNOWN_PARENT' || fault.code === 'GROUP_CROSS_EDGE') return fault.parent;
  // A longer cycle is cut, and its last job not known.
  if (fault.code === 'CYCLE' && fault.length === fault.ordinals.length) return fault.ordinals.at(-1) ?? null;
  return null;
}

function parentOf(item: unknown): unknown {
  const parent = typeof item === 'object' && item !== null ? (item as { job?: unknown }).job : item;
  return typeof parent === 'string' ? inNfc(parent) : parent;
}

function valueOf(raw: RawJob | undefined): unknown {
  if (raw === undefined) return undefined;
  if ('value' in raw) return raw.value;
  try {
    return raw.text === undefined ? undefined : (JSON.parse(raw.text) as unknown);
  } catch {
    return undefined;
  }
}
