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
  | { code: 'UNKNOWN_GROUP'; ordinal: number; group: number | OutsideName }
  | { code: 'GROUP_NESTED'; ordinal: number }
  /** Both belong to groups, and not to the same. */
  | { code: 'GROUP_CROSS_EDGE'; ordinal: number; parent: number }
  /** More parents than one job may have. */
  | { code: 'TOO_LARGE'; ordinal: number; parents: number }
  /** One cycle in order of execution: each job is a parent of the next, the last of the first. At most the first 20 of `length`. */
  | { code: 'CYCLE'; ordinals: number[]; length: number };

export type DagFaultCode = DagFault['code'];

/** Faults of one graph: the first ones whole, all of them counted by code. */
export class DagFaultList {
  readonly listed: DagFault[] = [];
  readonly counts: Partial<Record<DagFaultCode, number>> = {};

  constructor(private readonly listedMax: number) {}

  add(fault: DagFault): void {
    this.counts[fault.code] = (this.counts[fault.code] ?? 0) + 1;
    if (this.listed.length < this.listedMax) this.listed.push(fault);
  }
}
