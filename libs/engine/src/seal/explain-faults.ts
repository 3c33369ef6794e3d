import type { DocumentError, SizeLimits } from '#contracts';
import { readOutsideNames, readPack, type DagFault, type OutsideName } from '#core';
import type { SealStore } from '../ports/seal-store.js';

/** Texts behind the ordinals and outside names of some faults. */
interface FaultNames {
  job(ordinal: number): string;
  ref(ref: number | OutsideName): string;
}

/** Turns faults of a graph into what its author reads: with names, and how to mend it. */
export async function explainFaults(
  seals: SealStore,
  workflowNo: string,
  { faults, limits }: { faults: readonly DagFault[]; limits: SizeLimits },
): Promise<DocumentError[]> {
  const names = await readFaultNames(seals, workflowNo, faults);
  return faults.map((fault) => explain(fault, names, limits));
}

/** Names of all jobs that some faults mention. */
export function namesIn(
  seals: SealStore,
  workflowNo: string,
  faults: readonly DagFault[],
): Promise<Map<number, string>> {
  return seals.readNames(workflowNo, [...new Set(faults.flatMap(ordinalsOf))]);
}

function explain(fault: DagFault, names: FaultNames, limits: SizeLimits): DocumentError {
  if (fault.code === 'CYCLE') return explainCycle(fault, names);
  const job = names.job(fault.ordinal);
  const base = { code: fault.code, where: `/jobs/${fault.ordinal}`, job };
  switch (fault.code) {
    case 'DUPLICATE_NAME':
      return {
        ...base,
        message: `Jobs ${fault.first} and ${fault.ordinal} are both named '${job}'.`,
        remedy: 'Give each job its own name.',
      };
    case 'UNKNOWN_PARENT':
      return {
        ...base,
        where: `${base.where}/after`,
        message: `Job '${job}' waits for ${names.ref(fault.parent)}, which does not exist.`,
        remedy: 'Correct its `after`, or add the missing job.',
      };
    case 'UNKNOWN_GROUP':
      return {
        ...base,
        where: `${base.where}/in`,
        message: `Job '${job}' is in ${names.ref(fault.group)}, which is not a group.`,
        remedy: 'Add a job of kind `group` with that name, or correct `in`.',
      };
    case 'GROUP_NESTED':
      return {
        ...base,
        where: `${base.where}/in`,
        message: `Group '${job}' is in a group itself.`,
        remedy: 'Order groups with `after`; groups do not nest.',
      };
    case 'GROUP_CROSS_EDGE':
      return {
        ...base,
        where: `${base.where}/after`,
        message: `Job '${job}' waits for '${names.job(fault.parent)}', a member of another group.`,
        remedy: 'Let it, or its group, wait for the other group as a whole.',
      };
    case 'TOO_LARGE':
      return {
        ...base,
        where: `${base.where}/after`,
        message: `Job '${job}' has ${fault.parents} parents; at most ${limits.parentsOfOneJob} are allowed.`,
        remedy: 'Put barriers between: each gathers some of the parents.',
      };
  }
}

function explainCycle({ ordinals, length }: Extract<DagFault, { code: 'CYCLE' }>, names: FaultNames): DocumentError {
  const path = ordinals.map((ordinal) => names.job(ordinal));
  const first = path[0] ?? '';
  const hidden = length - path.length;
  const shown = [...path, ...(hidden > 0 ? [`(${hidden} more)`] : []), first].join(' -> ');
  return {
    code: 'CYCLE',
    where: `/jobs/${ordinals[0] ?? 0}`,
    job: first,
    message: `These jobs wait for each other: ${shown}.`,
    remedy: 'Remove one of these dependencies.',
  };
}

async function readFaultNames(seals: SealStore, workflowNo: string, faults: readonly DagFault[]): Promise<FaultNames> {
  const jobs = await namesIn(seals, workflowNo, faults);
  const outside = await readOutside(seals, workflowNo, faults);
  const job = (ordinal: number): string => jobs.get(ordinal) ?? `job ${ordinal}`;
  return {
    job,
    ref: (ref) => {
      if (typeof ref === 'number') return jobs.has(ref) ? `'${job(ref)}'` : `job ${ref}`;
      return `'${outside.get(outsideKey(ref)) ?? '?'}'`;
    },
  };
}

/** Texts of the outside names that some faults point at, by chunk and index; one pack in memory at a time. */
async function readOutside(
  seals: SealStore,
  workflowNo: string,
  faults: readonly DagFault[],
): Promise<Map<string, string>> {
  const wanted = faults.flatMap(outsideOf);
  const texts = new Map<string, string>();
  for (const chunkNo of new Set(wanted.map((name) => name.chunkNo))) {
    const names = readOutsideNames(readPack(await seals.readPack(workflowNo, chunkNo)));
    for (const name of wanted) {
      if (name.chunkNo === chunkNo) texts.set(outsideKey(name), names[name.index] ?? '?');
    }
  }
  return texts;
}

const outsideKey = ({ chunkNo, index }: OutsideName): string => `${chunkNo}:${index}`;

function outsideOf(fault: DagFault): OutsideName[] {
  const ref = fault.code === 'UNKNOWN_PARENT' ? fault.parent : fault.code === 'UNKNOWN_GROUP' ? fault.group : 0;
  return typeof ref === 'number' ? [] : [ref];
}

function ordinalsOf(fault: DagFault): number[] {
  switch (fault.code) {
    case 'CYCLE':
      return fault.ordinals;
    case 'DUPLICATE_NAME':
      return [fault.ordinal, fault.first];
    case 'GROUP_CROSS_EDGE':
      return [fault.ordinal, fault.parent];
    case 'UNKNOWN_PARENT':
      return [fault.ordinal];
    case 'UNKNOWN_GROUP':
      return typeof fault.group === 'number' ? [fault.ordinal, fault.group] : [fault.ordinal];
    case 'GROUP_NESTED':
    case 'TOO_LARGE':
      return [fault.ordinal];
  }
}
