import type { Resources } from '#contracts';

type Size = Pick<Resources, 'cores' | 'memoryMib'>;

/** Cores and memory of which jobs take and give back. Sums of fractions of cores drift, so a tiny part is forgiven. */
export class Room {
  constructor(
    public cores: number,
    public memoryMib: number,
  ) {}

  fits(size: Size): boolean {
    return size.cores <= this.cores + 1e-6 && size.memoryMib <= this.memoryMib;
  }

  take(size: Size): void {
    this.cores -= size.cores;
    this.memoryMib -= size.memoryMib;
  }

  giveBack(size: Size): void {
    this.cores += size.cores;
    this.memoryMib += size.memoryMib;
  }

  /** How many jobs of one size fit at once. */
  times(size: Size): number {
    return Math.max(0, Math.floor(Math.min((this.cores + 1e-6) / size.cores, this.memoryMib / size.memoryMib)));
  }
}
