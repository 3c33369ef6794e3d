import { InvalidArgumentError } from 'commander';
import type { MemoryOrder } from '#contracts';

const mibOf: Readonly<Record<string, number>> = { '': 1, MIB: 1, GIB: 1_024, TIB: 1_048_576 };
const mibMax = 1_000_000_000;
const timesRange = { min: 0.01, max: 1_000 };

/** `x2`: so many times what a job is allowed now. `8GiB`, `8192` (MiB): so much. */
export function memoryArgument(text: string): MemoryOrder {
  const [, times] = /^x(\d+(?:\.\d+)?)$/i.exec(text) ?? [];
  if (times !== undefined) return { times: within(Number(times), timesRange) };
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?) ?([MGT]iB)?$/i.exec(text) ?? [];
  const factor = mibOf[unit.toUpperCase()];
  if (count === undefined || factor === undefined) throw badMemory();
  return { mib: within(Math.ceil(Number(count) * factor), { min: 1, max: mibMax }) };
}

function within(value: number, { min, max }: { min: number; max: number }): number {
  if (value >= min && value <= max) return value;
  throw badMemory();
}

const badMemory = (): InvalidArgumentError =>
  new InvalidArgumentError('Give x2 (times what it was allowed), 8GiB, 512MiB, or a number of MiB.');
