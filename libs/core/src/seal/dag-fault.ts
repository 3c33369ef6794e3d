/** A name that stands in no job's own chunk: its index among the outside names of the pack of chunk `chunkNo`. */
export interface OutsideName {
  chunkNo: number;
  index: number;
}

/** What is wrong with a graph. Jobs are ordinals: names are not here, whoever prints it looks them up. */
export type DagFault =
  /** Their hashes are equal: the names have to be compared before this is said to anybody. */
  | { code: 'DUPLICATE_NAME'; ordinal: number; first: number }
  | { code: 'UNKNOWN_PARENT'; ordinal: number; parent: number | OutsideName }
  /** `isJob`: the name is there, but not as a group. */
  | { code: 'UNKNOWN_GROUP'; ordinal: number; group: number | OutsideName; isJob: boolean }
  | { code: 'GROUP_NESTED'; ordinal: number }
  /** Both belong to groups, and not to the same. `group`: that of the parent. */
  | { code: 'GROUP_CROSS_EDGE'; ordinal: number; parent: number; group: number }
  /** More parents than one job may have. */
  | { code: 'TOO_LARGE'; ordinal: number; parents: number; limit: number }
  /**
   * One cycle in order of execution: each job is a parent of the next, the last of the first. At most the first 20 of
   * `length`. `throughGroup`: a group is in it, so that an edge may be one that no `after` says.
   */
  | { code: 'CYCLE'; ordinals: number[]; length: number; throughGroup: boolean };

export type DagFaultCode = DagFault['code'];

/** Jobs whose names a fault is told with. */
export function ordinalsIn(fault: DagFault): number[] {
  switch (fault.code) {
    case 'CYCLE':
      return fault.ordinals;
    case 'DUPLICATE_NAME':
      return [fault.ordinal, fault.first];
    case 'GROUP_CROSS_EDGE':
      return [fault.ordinal, fault.parent, fault.group];
    case 'UNKNOWN_GROUP':
      return typeof fault.group === 'number' ? [fault.ordinal, fault.group] : [fault.ordinal];
    case 'UNKNOWN_PARENT':
    case 'GROUP_NESTED':
    case 'TOO_LARGE':
      return [fault.ordinal];
  }
}

/** Outside names that a fault is told with. */
export function outsideIn(fault: DagFault): OutsideName[] {
  const ref = fault.code === 'UNKNOWN_PARENT' ? fault.parent : fault.code === 'UNKNOWN_GROUP' ? fault.group : 0;
  return typeof ref === 'number' ? [] : [ref];
}

/** Faults of one graph: the first ones whole, and of each code at least one; all of them counted by code. */
export class DagFaultList {
  readonly listed: DagFault[] = [];
  readonly counts: Partial<Record<DagFaultCode, number>> = {};

  constructor(private readonly listedMax: number) {}

  add(fault: DagFault): void {
    const count = (this.counts[fault.code] ?? 0) + 1;
    this.counts[fault.code] = count;
    if (this.listed.length >= this.listedMax) {
      if (count > 1) return;
      this.listed.pop();
    }
    this.listed.push(fault);
  }
}
