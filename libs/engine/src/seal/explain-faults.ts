import type { DocumentError } from '#contracts';
import {
  explainFault,
  ordinalsIn,
  outsideIn,
  readOutsideNames,
  readPack,
  type DagFault,
  type FaultNames,
  type OutsideName,
} from '#core';
import type { SealOrder, SealStore } from '../ports/seal-store.js';

/** For each name that of a job which is nearly the same, or null. */
type Nearest = (names: readonly string[]) => Promise<(string | null)[]>;

/** Turns faults of a graph into what its author reads: with names, and how to mend it. */
export async function explainFaults(
  seals: SealStore,
  order: Pick<SealOrder, 'workflowNo' | 'request'>,
  faults: readonly DagFault[],
  nearest: Nearest,
): Promise<DocumentError[]> {
  const names = await readFaultNames(seals, order, faults, nearest);
  return faults.map((fault) => {
    const { ordinal, pointer, code, job, message, remedy } = explainFault(fault, names);
    return { code, where: `/jobs/${ordinal}${pointer}`, job, message, remedy };
  });
}

/** Names of all jobs that some faults mention. */
export function namesIn(
  seals: SealStore,
  workflowNo: string,
  faults: readonly DagFault[],
): Promise<Map<number, string>> {
  return seals.readNames(workflowNo, [...new Set(faults.flatMap(ordinalsIn))]);
}

async function readFaultNames(
  seals: SealStore,
  { workflowNo, request }: Pick<SealOrder, 'workflowNo' | 'request'>,
  faults: readonly DagFault[],
  nearest: Nearest,
): Promise<FaultNames> {
  const jobs = await namesIn(seals, workflowNo, faults);
  const outside = await readOutside(seals, workflowNo, faults);
  const unknown = [...new Set(outside.values())];
  const near = await nearest(unknown);
  return {
    jobs: request.jobCount,
    job: (ordinal) => jobs.get(ordinal) ?? `job ${ordinal}`,
    outside: (name) => outside.get(outsideKey(name)) ?? '?',
    nearest: (name) => near[unknown.indexOf(name)] ?? null,
  };
}

/** Texts of the outside names that some faults point at, by chunk and index; one pack in memory at a time. */
async function readOutside(
  seals: SealStore,
  workflowNo: string,
  faults: readonly DagFault[],
): Promise<Map<string, string>> {
  const wanted = faults.flatMap(outsideIn);
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
