import { faultPoints, type FaultPoint } from './fault-points.js';

/**
 * `kill`: the process is gone at once. `stop`: it stands still until it is sent SIGCONT. `throw`: FaultThrown. `delay`: the
 * whole process does nothing for so long, as one whose event loop is blocked.
 */
export type FaultAct = { kind: 'kill' | 'stop' | 'throw' } | { kind: 'delay'; ms: number };

/** What a process is to do to itself. */
export interface FaultOrder {
  point: FaultPoint;
  /** At which hit, from 1: it acts once. Or at every hit that has this item in hand. */
  at: { nth: number } | { item: number };
  act: FaultAct;
}

/** FAULT can't be read, or names no fault point. */
export class BadFault extends Error {
  override readonly name = 'BadFault';
}

const delayMsDefault = 5_000;
const shape = /^([\w.]+):(?:([1-9]\d{0,8})|#(\d{1,9})):(?:(kill|stop|throw)|delay(?::(\d{1,7}))?)$/;

/**
 * Reads orders as the environment gives them: `point:nth:act`, or `point:#item:act`, joined by commas; act is kill, stop, throw
 * or delay[:ms].
 * @throws BadFault naming what can't be read
 */
export const readFaultOrders = (text: string): FaultOrder[] => text.split(',').map(readOrder);

function readOrder(text: string): FaultOrder {
  const [, name, nth, item, kind, ms] = shape.exec(text) ?? [];
  const point = faultPoints.find((each) => each === name);
  if (!point)
    throw new BadFault(
      `FAULT: ${text} is not point:nth:kill|stop|throw|delay[:ms] with a point of ours; #item may stand for nth`,
    );
  return { point, at: item === undefined ? { nth: Number(nth) } : { item: Number(item) }, act: actOf(kind, ms) };
}

function actOf(kind: string | undefined, ms: string | undefined): FaultAct {
  if (kind === 'kill' || kind === 'stop' || kind === 'throw') return { kind };
  return { kind: 'delay', ms: ms === undefined ? delayMsDefault : Number(ms) };
}
