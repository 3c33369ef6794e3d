import { appendFileSync } from 'node:fs';
import type { FaultAct, FaultOrder } from './fault-order.js';
import type { FaultPoint, PassFaultPoint } from './fault-points.js';

/** Thrown by a fault point that was told to. Nobody may take it for anything but a bug. */
export class FaultThrown extends Error {
  override readonly name = 'FaultThrown';
}

/** One line of the log: who did what to itself, and when. */
export interface FaultLine {
  point: FaultPoint;
  hit: number;
  act: FaultAct['kind'];
  pid: number;
  atMs: number;
}

/**
 * A fault point of a process that was told to fail: counts its hits and acts at the one it was told.
 * @param logFile gets a line before each act, so that it outlives a kill
 */
export function armedFaults(orders: readonly FaultOrder[], logFile: string): PassFaultPoint {
  const hits = new Map<FaultPoint, number>();
  return (point, items = []) => {
    const hit = (hits.get(point) ?? 0) + 1;
    hits.set(point, hit);
    for (const order of orders) {
      if (order.point !== point || !isMeant(order, { hit, items })) continue;
      const line: FaultLine = { point, hit, act: order.act.kind, pid: process.pid, atMs: Date.now() };
      appendFileSync(logFile, `${JSON.stringify(line)}\n`);
      act(order);
    }
  };
}

const isMeant = ({ at }: FaultOrder, { hit, items }: { hit: number; items: readonly number[] }): boolean =>
  'nth' in at ? at.nth === hit : items.includes(at.item);

function act({ point, act }: FaultOrder): void {
  switch (act.kind) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return;
    case 'stop':
      process.kill(process.pid, 'SIGSTOP');
      return;
    case 'throw':
      throw new FaultThrown(`fault point ${point} was told to throw`);
    case 'delay':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, act.ms);
  }
}
