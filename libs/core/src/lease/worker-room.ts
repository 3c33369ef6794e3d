/** What one job takes of a worker while it runs. */
export interface JobSize {
  readonly cores: number;
  readonly memoryMib: number;
  readonly gpus: number;
  /** Null: it did not say, and takes none. */
  readonly diskMib: number | null;
}

/** Sums of fractions of cores drift, so a tiny part is forgiven. */
const forgivenCores = 1e-6;

/** Cores, memory, GPUs and disk of which jobs take and give back. */
export class WorkerRoom {
  private constructor(
    public cores: number,
    public memoryMib: number,
    public gpus: number,
    public diskMib: number,
  ) {}

  /** @param size gpus: none if not given; diskMib: no bound if not given or null */
  static of(size: Pick<JobSize, 'cores' | 'memoryMib'> & Partial<JobSize>): WorkerRoom {
    return new WorkerRoom(size.cores, size.memoryMib, size.gpus ?? 0, size.diskMib ?? Infinity);
  }

  copy(): WorkerRoom {
    return new WorkerRoom(this.cores, this.memoryMib, this.gpus, this.diskMib);
  }

  fits(size: JobSize): boolean {
    return (
      size.cores <= this.cores + forgivenCores &&
      size.memoryMib <= this.memoryMib &&
      size.gpus <= this.gpus &&
      (size.diskMib ?? 0) <= this.diskMib
    );
  }

  take(size: JobSize, jobs = 1): void {
    this.cores -= size.cores * jobs;
    this.memoryMib -= size.memoryMib * jobs;
    this.gpus -= size.gpus * jobs;
    this.diskMib -= (size.diskMib ?? 0) * jobs;
  }

  giveBack(size: JobSize): void {
    this.take(size, -1);
  }

  /** How many jobs of one size fit at once. */
  times(size: JobSize): number {
    const disk = size.diskMib ?? 0;
    const least = Math.min(
      (this.cores + forgivenCores) / size.cores,
      this.memoryMib / size.memoryMib,
      size.gpus > 0 ? this.gpus / size.gpus : Infinity,
      disk > 0 ? this.diskMib / disk : Infinity,
    );
    return Math.max(0, Math.floor(least));
  }
}
