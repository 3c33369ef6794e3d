/**
 * Owns the TerminalBatches on their way from this gateway into stream TERMINAL.
 *
 * G1  A lone batch is never delayed: it leaves at the end of the turn in which it came.
 * G2  While `inFlightMax` messages of a partition are unconfirmed, its batches gather and leave together.
 * G3  add() resolves only when the stream has the batch on disk. If not, the worker still has it in its journal.
 */
import { subjects, terminalBatchBytesMax } from '#contracts';
import { refusals } from '../../http/refusal.js';

export type PublishTerminal = (subject: string, body: Uint8Array, messageId: string) => Promise<void>;

const inFlightMax = 2;
/** Bytes of one partition that may wait; beyond it workers are told to come back. */
const waitingBytesMax = 16 * 1024 * 1024;

interface Waiting {
  raw: Buffer;
  resolve: () => void;
  reject: (cause: unknown) => void;
}
interface Lane {
  waiting: Waiting[];
  waitingBytes: number;
  inFlight: number;
  scheduled: boolean;
}

export class TerminalGatherer {
  private readonly lanes = new Map<number, Lane>();
  private readonly head: Buffer;
  private messages = 0;

  constructor(
    private readonly gateway: string,
    private readonly publish: PublishTerminal,
  ) {
    this.head = Buffer.from(`{"gateway":${JSON.stringify(gateway)},"batches":[`);
  }

  /**
   * @param raw the batch as the worker wrote it: it goes on unchanged.
   * @throws Refusal 503 when too much waits already; StreamUnavailable when the stream did not confirm it.
   */
  add(partition: number, raw: Buffer): Promise<void> {
    const lane = this.laneOf(partition);
    if (lane.waitingBytes + raw.length > waitingBytesMax) {
      return Promise.reject(refusals.unavailable('too many reports wait for the stream; keep the journal'));
    }
    return new Promise((resolve, reject) => {
      lane.waiting.push({ raw, resolve, reject });
      lane.waitingBytes += raw.length;
      this.schedule(partition, lane);
    });
  }

  private laneOf(partition: number): Lane {
    let lane = this.lanes.get(partition);
    if (!lane) this.lanes.set(partition, (lane = { waiting: [], waitingBytes: 0, inFlight: 0, scheduled: false }));
    return lane;
  }

  private schedule(partition: number, lane: Lane): void {
    if (lane.scheduled || lane.inFlight >= inFlightMax || lane.waiting.length === 0) return;
    lane.scheduled = true;
    setImmediate(() => {
      lane.scheduled = false;
      void this.sendNext(partition, lane);
    });
  }

  private async sendNext(partition: number, lane: Lane): Promise<void> {
    const together = takeMessage(lane);
    lane.inFlight += 1;
    this.schedule(partition, lane);
    try {
      await this.publish(subjects.terminal(partition), this.messageOf(together), this.nextMessageId());
      for (const { resolve } of together) resolve();
    } catch (cause) {
      for (const { reject } of together) reject(cause);
    } finally {
      lane.inFlight -= 1;
      this.schedule(partition, lane);
    }
  }

  private messageOf(together: readonly Waiting[]): Buffer {
    const parts: Buffer[] = [this.head];
    together.forEach(({ raw }, index) => {
      if (index > 0) parts.push(comma);
      parts.push(raw);
    });
    parts.push(tail);
    return Buffer.concat(parts);
  }

  private nextMessageId(): string {
    this.messages += 1;
    return `${this.gateway}.${this.messages}`;
  }
}

const comma = Buffer.from(',');
const tail = Buffer.from(']}');

/** As many of the oldest as fit into one message; at least one. */
function takeMessage(lane: Lane): Waiting[] {
  let bytes = 0;
  const tooMany = lane.waiting.findIndex(({ raw }, index) => {
    bytes += raw.length + 1;
    return index > 0 && bytes > terminalBatchBytesMax;
  });
  const taken = lane.waiting.splice(0, tooMany === -1 ? lane.waiting.length : tooMany);
  lane.waitingBytes -= taken.reduce((sum, { raw }) => sum + raw.length, 0);
  return taken;
}
