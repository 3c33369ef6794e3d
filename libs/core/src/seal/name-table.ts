/**
 * Finds an ordinal by the 64-bit hash of its name. Open addressing over one Int32Array: 4 bytes a slot, at most 3/4 full;
 * the hashes themselves lie in the caller's arrays, by ordinal.
 */
export class NameTable {
  private readonly slots: Int32Array;
  private readonly mask: number;

  /**
   * @param low, high hashes by ordinal; filled by the caller before `insert` of that ordinal. Their length is the most
   * that the table takes.
   */
  constructor(
    private readonly low: Uint32Array,
    private readonly high: Uint32Array,
  ) {
    const size = 1 << Math.max(4, 32 - Math.clz32(Math.ceil((low.length * 4) / 3)));
    this.slots = new Int32Array(size).fill(-1);
    this.mask = size - 1;
  }

  /** @returns the ordinal that already holds this hash, or -1 when `ordinal` was put in. */
  insert(ordinal: number): number {
    const slot = this.slotOf(this.low[ordinal] ?? 0, this.high[ordinal] ?? 0);
    const holder = this.slots[slot] ?? -1;
    if (holder < 0) this.slots[slot] = ordinal;
    return holder;
  }

  /** @returns the first ordinal with this hash, or -1. */
  find(low: number, high: number): number {
    return this.slots[this.slotOf(low, high)] ?? -1;
  }

  private slotOf(low: number, high: number): number {
    // Bounded: the table is never full, so an empty slot is met within one round.
    for (let slot = (low ^ Math.imul(high, 0x9e3779b1)) & this.mask; ; slot = (slot + 1) & this.mask) {
      const holder = this.slots[slot] ?? -1;
      if (holder < 0 || (this.low[holder] === low && this.high[holder] === high)) return slot;
    }
  }
}
