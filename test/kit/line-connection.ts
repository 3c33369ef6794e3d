/**
 * Owns one connection through a TrialLine: a client's socket, the server's, and what is on its way between them.
 *
 * L1  What passes keeps its order, each way.
 * L2  While a way is parted nothing passes on it, not even the connection's end; what waited comes when it is healed.
 * L3  A held connection is silent for good, and neither end learns of it, nor of the other's end.
 */
import type { Socket } from 'node:net';

/** To the server, or from it. */
export type Way = 'to' | 'from';

/** What passes of some bytes; then both ends see the connection closed (`cut`), or nobody hears of it any more (`hold`). */
export interface Passage {
  bytes: Buffer;
  then?: 'cut' | 'hold';
}

/** Looks at all bytes of one connection as they pass. */
export type Meddler = (way: Way, bytes: Buffer) => Passage;

/** What a connection asks its line. */
export interface Line {
  meddle: Meddler | null;
  isParted(way: Way): boolean;
  /** How late the next packet is. */
  delayMs(): number;
  bitsPerSec(): number;
  /** A meddler ended it. */
  onBroken(): void;
  /** Both sockets are closed. */
  onGone(): void;
}

/** One way through it. */
interface Lane {
  way: Way;
  source: Socket;
  sink: Socket;
  /** When the last packet has left, and when it is there. */
  sentMs: number;
  arrivesMs: number;
  /** What happens at the sink, and when: in this order. */
  due: { atMs: number; act: () => void }[];
  /** The source has closed: its sink will hear of it. */
  ended: boolean;
}

const packetBytes = 1_400;

export class LineConnection {
  private readonly lanes: readonly [Lane, Lane];
  private held = false;

  constructor(
    client: Socket,
    server: Socket,
    private readonly line: Line,
  ) {
    this.lanes = [laneOf('to', client, server), laneOf('from', server, client)];
    for (const lane of this.lanes) this.open(lane);
    this.heed();
  }

  /** Both ends see it closed. */
  cut(): void {
    for (const { source } of this.lanes) source.destroy();
  }

  /** @see L3 */
  hold(): void {
    this.held = true;
  }

  /** It is silent for good, and its client has not found out. */
  get isBelieved(): boolean {
    return this.held && !this.lanes[0].ended;
  }

  /** Looks at which ways are parted now. @see L2 */
  heed(): void {
    for (const lane of this.lanes) {
      if (this.line.isParted(lane.way)) lane.source.pause();
      else {
        lane.source.resume();
        if (lane.ended) this.end(lane);
      }
    }
  }

  private open(lane: Lane): void {
    const { source } = lane;
    source.setNoDelay(true);
    source.on('error', () => source.destroy());
    source.on('data', (bytes: Buffer) => this.carry(lane, bytes));
    source.on('close', () => {
      lane.ended = true;
      this.end(lane);
      if (this.lanes.every(({ ended }) => ended)) this.line.onGone();
    });
  }

  private carry(lane: Lane, bytes: Buffer): void {
    if (this.held) return;
    const passage = this.line.meddle?.(lane.way, bytes) ?? { bytes };
    if (passage.then === undefined) return this.send(lane, passage.bytes);
    this.line.onBroken();
    const cuts = passage.then === 'cut';
    this.send(lane, passage.bytes, () => (cuts ? this.cut() : undefined));
    this.held = true; // of this connection nothing else passes
  }

  /** @param then called when the bytes are on their way to the far end */
  private send(lane: Lane, bytes: Buffer, then?: () => void): void {
    for (let from = 0; from < bytes.length; from += packetBytes) {
      const packet = bytes.subarray(from, from + packetBytes);
      lane.sentMs = Math.max(lane.sentMs, performance.now()) + (packet.length * 8_000) / this.line.bitsPerSec();
      lane.arrivesMs = Math.max(lane.arrivesMs, lane.sentMs + this.line.delayMs());
      this.later(lane, () => lane.sink.write(packet));
    }
    if (then) this.later(lane, () => lane.sink.write('', then));
  }

  /** When what was sent so far is there; at once on a line without delay. */
  private later(lane: Lane, act: () => void): void {
    lane.due.push({ atMs: lane.arrivesMs, act });
    if (lane.due.length === 1) this.arrive(lane);
  }

  private arrive(lane: Lane): void {
    for (let next = lane.due[0]; next; next = lane.due[0]) {
      const waitMs = next.atMs - performance.now();
      if (waitMs > 0) return void setTimeout(() => this.arrive(lane), waitMs);
      lane.due.shift();
      next.act();
    }
  }

  private end(lane: Lane): void {
    if (this.held || this.line.isParted(lane.way)) return;
    this.later(lane, () => lane.sink.destroySoon());
  }
}

const laneOf = (way: Way, source: Socket, sink: Socket): Lane => ({
  ...{ way, source, sink },
  ...{ sentMs: 0, arrivesMs: 0, due: [], ended: false },
});
