/** Chance that can be repeated: the same seed draws the same numbers. */
export class Random {
  constructor(private state: number) {}

  /** An integer of 0 to `below` - 1. */
  below(below: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  /** From `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  }

  shuffled<T>(values: readonly T[]): T[] {
    return this.some(values, values.length);
  }

  /** So many of them, all of them if there are no more, in any order. */
  some<T>(values: readonly T[], max: number): T[] {
    const rest = [...values];
    const taken = Math.min(max, rest.length);
    for (let place = 0; place < taken; place += 1) {
      const other = place + this.below(rest.length - place);
      [rest[place], rest[other]] = [rest[other] as T, rest[place] as T];
    }
    return rest.slice(0, taken);
  }
}
