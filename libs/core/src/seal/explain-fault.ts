/**
 * Owns the words in which a fault of a graph is told. Whoever finds it, the seal or a check beforehand, says the same.
 */
import { shown } from '../document/shown.js';
import type { DagFault, DagFaultCode, OutsideName } from './dag-fault.js';

/** Texts behind the ordinals and outside names of some faults. */
export interface FaultNames {
  /** Jobs of the document, without the final job. */
  jobs: number;
  job(ordinal: number): string;
  outside(name: OutsideName): string;
  /** A job with nearly this name, if there is one; see nearNames(). */
  nearest(name: string): string | null;
}

/** A fault in words; `pointer` is a JSON pointer inside the job at `ordinal`. */
export interface FaultText {
  code: DagFaultCode;
  ordinal: number;
  pointer: string;
  job: string;
  message: string;
  remedy: string;
}

/** Says what is wrong and how to mend it. */
export function explainFault(fault: DagFault, names: FaultNames): FaultText {
  const ordinal = fault.code === 'CYCLE' ? (fault.ordinals[0] ?? 0) : fault.ordinal;
  return { code: fault.code, ordinal, pointer: pointers[fault.code], job: names.job(ordinal), ...words(fault, names) };
}

const pointers: Readonly<Record<DagFaultCode, string>> = {
  DUPLICATE_NAME: '/name',
  UNKNOWN_PARENT: '/after',
  UNKNOWN_GROUP: '/in',
  GROUP_NESTED: '/in',
  GROUP_CROSS_EDGE: '/after',
  TOO_LARGE: '/after',
  CYCLE: '/after',
};

type Words = Pick<FaultText, 'message' | 'remedy'>;

function words(fault: DagFault, names: FaultNames): Words {
  if (fault.code === 'CYCLE') return cycle(fault, names);
  const name = names.job(fault.ordinal);
  switch (fault.code) {
    case 'DUPLICATE_NAME':
      return {
        message: `the jobs at positions ${fault.first} and ${fault.ordinal} are both named ${shown(name)}`,
        remedy: 'Give each job a name of its own; positions count from 0.',
      };
    case 'UNKNOWN_PARENT':
      return typeof fault.parent === 'number'
        ? unknownPosition(name, fault.parent, names.jobs)
        : unknownParent(name, names.outside(fault.parent), names);
    case 'UNKNOWN_GROUP':
      return unknownGroup(name, fault, names);
    case 'GROUP_NESTED':
      return nestedGroup(name);
    case 'GROUP_CROSS_EDGE': {
      const [parent, group] = [shown(names.job(fault.parent)), shown(names.job(fault.group))];
      return {
        message: `job ${shown(name)} waits for ${parent}, a member of another group`,
        remedy: `Wait for that group as a whole: write ${group} in place of ${parent}.`,
      };
    }
    case 'TOO_LARGE':
      return tooManyParents(name, fault.parents, fault.limit);
  }
}

/** For a group that has `in`. */
export const nestedGroup = (name: string): Words => ({
  message: `the group ${shown(name)} stands in a group itself`,
  remedy: 'Groups hold jobs only: take its "in" away, and order groups with "after".',
});

export const tooManyParents = (name: string, parents: number, limit: number): Words => ({
  message: `job ${shown(name)} has ${parents} parents; the limit is ${limit}`,
  remedy: 'Put barriers between: jobs of kind "barrier" that each gather a part of the parents.',
});

/** For a parent given by a position that no job has. @param jobs null: not known yet, but fewer */
export function unknownPosition(name: string, position: number, jobs: number | null): Words {
  const last = jobs === null ? '' : `, so the last is ${jobs - 1}`;
  return {
    message: `job ${shown(name)} waits for the job at position ${position}, which does not exist`,
    remedy: `Positions count from 0${last}: correct it in "after", or write the parent's name in quotes.`,
  };
}

function unknownParent(name: string, parent: string, names: FaultNames): Words {
  const isPosition = /^\d{1,9}$/.test(parent) && Number(parent) < names.jobs;
  const remedy = 'Correct its "after", or add the missing job.';
  return {
    message: `job ${shown(name)} waits for ${shown(parent)}, which does not exist`,
    remedy: isPosition
      ? `If you mean the job at position ${parent}, write ${parent} without quotes. ${remedy}`
      : didYouMean(names.nearest(parent), remedy),
  };
}

function unknownGroup(
  name: string,
  { group, isJob }: Extract<DagFault, { code: 'UNKNOWN_GROUP' }>,
  names: FaultNames,
): Words {
  const text = typeof group === 'number' ? names.job(group) : names.outside(group);
  if (isJob) {
    return {
      message: `job ${shown(name)} is in ${shown(text)}, which is not a group`,
      remedy: `Write "kind": "group" in ${shown(text)}, or correct "in".`,
    };
  }
  return {
    message: `job ${shown(name)} is in the group ${shown(text)}, which does not exist`,
    remedy: didYouMean(names.nearest(text), 'Correct "in", or add a job of that name with "kind": "group".'),
  };
}

function cycle({ ordinals, length, throughGroup }: Extract<DagFault, { code: 'CYCLE' }>, names: FaultNames): Words {
  const path = ordinals.map((ordinal) => names.job(ordinal));
  const first = path[0] ?? '';
  const hidden = length - path.length;
  const circle = [...path, ...(hidden > 0 ? [`(${hidden} more)`] : []), first].map(oneLine).join(' -> ');
  const groups = throughGroup ? ' A group ends after its members, and they start after what it waits for.' : '';
  return length === 1
    ? { message: `job ${shown(first)} waits for itself`, remedy: 'Take its own name or position out of its "after".' }
    : {
        message: `these jobs wait for each other: ${circle}`,
        remedy: `Each waits for the one before it: take one of them out of the "after" of the next.${groups}`,
      };
}

/** As shown(), without the quotes. */
const oneLine = (name: string): string => shown(name).replace(/^"|"$/g, '');

const didYouMean = (near: string | null, remedy: string): string =>
  near === null ? remedy : `Did you mean ${shown(near)}? ${remedy}`;
