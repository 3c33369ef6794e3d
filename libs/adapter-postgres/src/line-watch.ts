/**
 * Owns the question whether connections to PostgreSQL still lead there. A firewall that forgot one, or a host that is gone,
 * closes nothing: who waits on such a connection would wait for ever, and holds what it holds meanwhile.
 *
 * W1  A connection that owes an answer and brings no byte for `silentMs` is asked about, on a connection of its own.
 * W2  It is closed only after PostgreSQL said twice that it works on nothing there, or did not answer for `askMs`.
 * W3  A statement that takes long is left alone, however long. So is everything while PostgreSQL has no connection to spare.
 * W4  With one that is closed go those that were idle since: they went the same way.
 */
import type { Socket } from 'node:net';
import pg from 'pg';

/** Connections are looked at this often. With the rest: a dead one is closed within 15 s. */
const lookMs = 2_000;
const silentMs = 4_000;
/** Longest wait for PostgreSQL to say what it works on. */
const askMs = 8_000;
const doubtsMax = 2;
const workedOn = 'select pid from pg_stat_activity where pid = any ($1) and state <> all ($2)';
const waitsForUs = ['idle', 'idle in transaction', 'idle in transaction (aborted)'];

/** A connection, with what the driver keeps of it and its types leave out. */
type Client = pg.Client & { readonly processID: number; readonly readyForQuery: boolean };

interface Line {
  client: Client;
  socket: Socket;
  /** Bytes that have come, and since when there are so many. */
  read: number;
  heardMs: number;
  /** When it last owed no answer, or brought a byte. */
  evenMs: number;
  doubts: number;
}

export class LineWatch {
  private readonly lines = new Set<Line>();
  private readonly timer: NodeJS.Timeout;
  private asking = false;

  constructor(private readonly connectionString: string) {
    this.timer = setInterval(() => void this.look(), lookMs).unref();
  }

  /** Watches a connection from now on, to its end. */
  add(client: pg.Client): void {
    const socket = client.connection.stream as Socket;
    const line = { client: client as Client, socket, read: -1, heardMs: 0, evenMs: 0, doubts: 0 };
    this.lines.add(line);
    socket.once('close', () => this.lines.delete(line));
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const now = performance.now(); // one for all: those that were heard at the same look are alike
    for (const line of this.lines) hear(line, now);
    const silent = [...this.lines].filter(isSilent); // W1
    if (silent.length === 0 || this.asking) return;
    this.asking = true;
    const busy = await this.busyAmong(silent.map(({ client }) => client.processID));
    this.asking = false;
    for (const line of silent) {
      hear(line, performance.now());
      if (busy?.has(line.client.processID) || !isSilent(line)) line.doubts = 0;
      else line.doubts += busy === null ? doubtsMax : 1;
      if (line.doubts >= doubtsMax) this.giveUp(line); // W2
    }
  }

  /** Those that PostgreSQL works on, or may; null: it does not answer. */
  private async busyAmong(pids: readonly number[]): Promise<Set<number> | null> {
    const { connectionString } = this;
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: askMs, query_timeout: askMs });
    client.on('error', () => undefined); // the question fails with it: there is no answer
    try {
      await client.connect();
      const { rows } = await client.query<{ pid: number }>(workedOn, [pids, waitsForUs]);
      return new Set(rows.map(({ pid }) => pid));
    } catch (fault) {
      return fault instanceof pg.DatabaseError ? new Set(pids) : null; // W3
    } finally {
      client.connection.stream.destroy();
    }
  }

  private giveUp(dead: Line): void {
    const fault = new Error('the connection leads nowhere: PostgreSQL works on nothing there, and nothing comes');
    const gone = [...this.lines].filter((line) => !owes(line) && line.heardMs <= dead.evenMs); // W4
    for (const { socket } of [dead, ...gone]) socket.destroy(fault);
  }
}

/** Takes note of what has come on it; one that brought a byte is heard again before it is doubted. */
function hear(line: Line, now: number): void {
  const { bytesRead } = line.socket;
  const brought = bytesRead !== line.read;
  if (brought) Object.assign(line, { read: bytesRead, heardMs: now });
  if (brought || !owes(line)) Object.assign(line, { evenMs: now, doubts: 0 });
}

const owes = (line: Line): boolean => !line.client.readyForQuery;

const isSilent = (line: Line): boolean => owes(line) && performance.now() - line.evenMs >= silentMs;
