/** The GPUs of a worker by their ids. Each is handed to one attempt at a time. */
export class GpuRack {
  private readonly idle: string[];

  /** @param ids as the driver numbers or names them; null: this worker hands out none and hides none */
  constructor(private readonly ids: readonly string[] | null) {
    this.idle = [...(ids ?? [])];
  }

  get count(): number {
    return this.ids?.length ?? 0;
  }

  /**
   * @returns the ids of GPUs that nobody else has until `giveBack`; null when this worker hands out none
   * @throws RangeError when fewer are idle: whoever starts jobs asks the room first
   */
  take(gpus: number): readonly string[] | null {
    if (gpus > this.idle.length) throw new RangeError(`${gpus} GPUs are wanted and ${this.idle.length} are idle`);
    return this.ids === null ? null : this.idle.splice(0, gpus);
  }

  giveBack(ids: readonly string[] | null): void {
    if (ids !== null) this.idle.push(...ids);
  }
}
