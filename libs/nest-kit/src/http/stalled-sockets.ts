import type { Socket } from 'node:net';

/** Connections are looked at this often. */
export const stallLookMs = 5_000;

interface Seen {
  /** Bytes that the connection has taken. */
  taken: number;
  /** Looks in a row at which it had taken nothing of what waits for it. */
  looks: number;
}

/** Cuts connections whose client does not read what it asked for: its answer would stay in memory for ever. */
export class StalledSockets {
  private readonly open = new Map<Socket, Seen>();

  /** @param looksMax looks at which nothing moved, before it is cut */
  constructor(private readonly looksMax: number) {}

  add(socket: Socket): void {
    this.open.set(socket, { taken: 0, looks: 0 });
    socket.once('close', () => this.open.delete(socket));
  }

  /** @returns how many were cut */
  look(): number {
    let cut = 0;
    for (const [socket, seen] of this.open) {
      const waiting = socket.writableLength;
      const taken = socket.bytesWritten - waiting;
      seen.looks = waiting > 0 && taken === seen.taken ? seen.looks + 1 : 0;
      seen.taken = taken;
      if (seen.looks < this.looksMax) continue;
      socket.destroy();
      cut += 1;
    }
    return cut;
  }
}
