import type { MemoryOrder } from '#contracts';
import { timesMemoryMib } from '#core';
import type { ChosenClass, ResizedJobs, TransitionTransaction } from '../ports/transition-store.js';
import { classVariant, distinctVariants } from '../settle/class-variant.js';

/** Gives jobs that wait another memory, whatever their task asks for. @returns what changed, in the order of the document. */
export async function resizeJobs(
  tx: TransitionTransaction,
  { workflowNo, ordinals, memory }: { workflowNo: string; ordinals: number[]; memory: MemoryOrder },
): Promise<ResizedJobs[]> {
  const sizes = (await tx.chosenClasses(workflowNo, ordinals)).map((one) => ({ ...one, toMib: sizeOf(one, memory) }));
  const changed = sizes.filter(({ memoryMib, toMib }) => toMib !== memoryMib);
  const moves = changed.map((one) => ({ ...one, variant: classVariant(one, { memoryMib: one.toMib }) }));
  await tx.makeClasses(distinctVariants(moves.map(({ variant }) => variant)));
  await tx.moveClasses(
    workflowNo,
    ordinals,
    moves.map(({ classId, variant }) => ({ classId, key: variant.key })),
  );
  return changed.map(({ label, jobs, memoryMib, toMib }) => ({ label, jobs, fromMib: memoryMib, toMib }));
}

const sizeOf = ({ memoryMib }: ChosenClass, memory: MemoryOrder): number =>
  'mib' in memory ? memory.mib : timesMemoryMib(memoryMib, memory.times);
