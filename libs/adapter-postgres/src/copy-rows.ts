import { getDefaultHighWaterMark } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { PoolClient } from 'pg';
import { clientFault } from './store-fault.js';

/**
 * Bytes that are gathered before they go to the socket, and the work between two turns of the event loop. Each piece lies
 * in the same buffer: new ones would be 100 MB of garbage for a million jobs. That is safe because a piece is larger than
 * what a stream takes without asking to wait, so that the next one is made only when this one has left the process.
 */
const pieceBytes = 256 * 1024;
if (pieceBytes <= getDefaultHighWaterMark(false)) throw new Error('COPY pieces are smaller than what streams buffer');

const signature = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const int4Oid = 23;

/**
 * Writes rows in PostgreSQL's binary COPY format. Fields go in the order of the COPY's columns; each writer puts the
 * length in front of the value. Numbers are big-endian on the wire.
 */
export class CopyRows {
  private bytes: Buffer<ArrayBuffer> = Buffer.allocUnsafe(pieceBytes + 64 * 1024);
  private length = signature.copy(this.bytes);

  /** Begins a row of `fields` fields. */
  row(fields: number): void {
    this.reserve(2);
    this.length = this.bytes.writeInt16BE(fields, this.length);
  }

  int2(value: number): void {
    this.reserve(6);
    this.length = this.bytes.writeInt32BE(2, this.length);
    this.length = this.bytes.writeInt16BE(value, this.length);
  }

  int4(value: number): void {
    this.reserve(8);
    this.length = this.bytes.writeInt32BE(4, this.length);
    this.length = this.bytes.writeInt32BE(value, this.length);
  }

  /** @param value from `int8Bytes`: a COPY repeats few of them, so they are turned into bytes once. */
  int8(value: Buffer): void {
    this.reserve(12);
    this.length = this.bytes.writeInt32BE(8, this.length);
    this.length += value.copy(this.bytes, this.length);
  }

  text(value: string | null): void {
    if (value === null) {
      this.reserve(4);
      this.length = this.bytes.writeInt32BE(-1, this.length);
      return;
    }
    const bytes = Buffer.byteLength(value);
    this.reserve(4 + bytes);
    this.length = this.bytes.writeInt32BE(bytes, this.length);
    this.length += this.bytes.write(value, this.length);
  }

  /** The values from place `from` up to, not including, `to`. */
  int4Array(values: ArrayLike<number>, from = 0, to = values.length): void {
    const count = to - from;
    const bytes = count === 0 ? 12 : 20 + count * 8;
    this.reserve(4 + bytes);
    this.length = this.bytes.writeInt32BE(bytes, this.length);
    this.length = this.bytes.writeInt32BE(count === 0 ? 0 : 1, this.length); // dimensions
    this.length = this.bytes.writeInt32BE(0, this.length); // holds no null
    this.length = this.bytes.writeInt32BE(int4Oid, this.length);
    if (count === 0) return;
    this.length = this.bytes.writeInt32BE(count, this.length);
    this.length = this.bytes.writeInt32BE(1, this.length); // first subscript
    for (let i = from; i < to; i++) {
      this.length = this.bytes.writeInt32BE(4, this.length);
      this.length = this.bytes.writeInt32BE(values[i] ?? 0, this.length);
    }
  }

  /** @returns the bytes written since the last piece once they are enough, else null. The next row writes over them. */
  piece(): Buffer | null {
    return this.length < pieceBytes ? null : this.take();
  }

  /** @returns what is left, with the end mark. */
  end(): Buffer {
    this.reserve(2);
    this.length = this.bytes.writeInt16BE(-1, this.length);
    return this.take();
  }

  private take(): Buffer {
    const piece = this.bytes.subarray(0, this.length);
    this.length = 0;
    return piece;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + bytes));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

/** A bigint of PostgreSQL, as it reaches JavaScript (text), in bytes. */
export function int8Bytes(value: string): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

export interface CopyIn {
  /** `copy t (…) from stdin (format binary)`, constant. */
  sql: string;
  rows: number;
  /** Writes the row at this place, or nothing. */
  write: (out: CopyRows, place: number) => void;
}

/**
 * Copies rows into a table, piece by piece as the server takes them. Part of the client's open transaction.
 * @throws StoreUnavailable (retry: yes) when the line is lost
 */
export async function copyIn(client: PoolClient, { sql, rows, write }: CopyIn): Promise<void> {
  try {
    await pipeline(pieces(rows, write), client.query(copyFrom(sql)));
  } catch (cause) {
    throw clientFault(sql, cause);
  }
}

function* pieces(rows: number, write: CopyIn['write']): Generator<Buffer> {
  const out = new CopyRows();
  for (let place = 0; place < rows; place++) {
    write(out, place);
    const piece = out.piece();
    if (piece) yield piece;
  }
  yield out.end();
}
