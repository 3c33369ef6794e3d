/** A batch that came again, as far as processes got with it. */
export interface BatchInHand {
  /** Of the batch whole, in hex: one that is sent again is the same. */
  digest: string;
  /** Processes that died with it, or a part of it, in hand. */
  deaths: number;
  /** Events before this one are settled, or set aside. */
  settled: number;
  /** The smallest part that a process died with, or that could not be settled, ended here; null: there was none. */
  killedEnd: number | null;
  /** Of the deaths, those with nothing but the event at `settled` in hand. */
  deathsAlone: number;
  /** Events that were set aside. */
  setAside: number;
  /** Of what is settled. */
  duplicate: number[];
  stale: number[];
}

/** From `from` to `to` a batch is settled, or set aside. */
export interface InHandStep {
  digest: string;
  /** The process that has it in hand. */
  holder: string;
  from: number;
  to: number;
  /** Positions in the batch. */
  duplicate: readonly number[];
  stale: readonly number[];
  setAside: number;
}

/** A part of a batch that is tried alone. */
export interface PartInHand {
  digest: string;
  from: number;
  end: number;
  killedEnd: number | null;
}

/** What processes note of batches that come again, so that the next one knows what the last one died with. */
export interface InHandStore {
  /**
   * Notes that a process has batches in hand among others, and counts whom it finds to have died with them. Those that are
   * doubtful by now are not in hand: see begin().
   * @param batches distinct
   * @returns them in any order
   */
  take(
    taker: { holder: string; partition: number },
    batches: readonly { digest: string; batchId: string }[],
  ): Promise<BatchInHand[]>;
  /** Notes that a process has a part of a batch in hand, alone. @throws StoreUnavailable when another one has it */
  begin(holder: string, part: PartInHand): Promise<void>;
  /** @throws StoreUnavailable when another process has it in hand */
  advance(step: InHandStep): Promise<void>;
  /** The process lives, and did not settle them. */
  letGo(holder: string, digests: readonly string[]): Promise<void>;
  /** They are settled; those of which ends were set aside stay known. */
  forget(digests: readonly string[]): Promise<void>;
  /** Ids of batches that are doubtful, or were until their ends were set aside. */
  doubtful(): Promise<string[]>;
}
