import type { DagFault, DagFaultCode, DagLimits, DagSize, DagStep, StepLimits, TaskSums } from '#core';

/** What a seal asks of its thread, one question at a time, and what it answers. */
export interface DagStart {
  size: DagSize;
  limits: DagLimits;
  collided: Map<string, number>;
}

export type DagQuestion =
  | { ask: 'add'; chunkNo: number; pack: Uint8Array<ArrayBuffer> }
  | { ask: 'finish'; tasks: number }
  | { ask: 'step'; from: number; limits: StepLimits }
  /** Of a graph with faults only. */
  | { ask: 'nearest'; names: readonly string[] };

export type DagFinish =
  | {
      kind: 'whole';
      jobs: number;
      edges: number;
      sums: TaskSums;
      roots: Map<number, Uint32Array>;
      barriers: Uint32Array;
    }
  | { kind: 'faulty'; faults: DagFault[]; counts: Partial<Record<DagFaultCode, number>> }
  | { kind: 'too-many-edges'; edges: number };

export interface DagAnswers {
  /** The pack's buffer, back again. */
  add: ArrayBuffer;
  finish: DagFinish;
  step: DagStep;
  /** For each name that of a job which is nearly the same, or null. */
  nearest: (string | null)[];
}
