import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { LineConnection, type Meddler, type Way } from './line-connection.js';
import type { Random } from './random.js';

/** How bad a line is; what is left out is as good as it can be. */
export interface Quality {
  /** One way. */
  delayMs?: number;
  bitsPerSec?: number;
  /** Packets of a hundred that are lost: TCP sends them again, so they and all behind them are late. */
  lostPercent?: number;
  /** Decides which packets are lost. */
  random?: Random;
}

const resendMs = { from: 800, to: 1_000 };

/**
 * A network between clients and one server, PostgreSQL, NATS or HTTP alike, that breaks as it is told. It knows bytes and
 * ends of connections; what the bytes mean is known to who meddles.
 */
export class TrialLine {
  /** Asked at each new connection; null: it passes as it is. */
  meddlerOf: () => Meddler | null = () => null;
  /** Of each packet from now on. */
  quality: Quality = {};
  /** Connections that their meddler ended so far. */
  broken = 0;
  /** Packets that were lost so far. */
  lost = 0;
  private readonly joined = new Set<LineConnection>();
  private readonly parted = new Set<Way>();
  private refusing = false;

  private constructor(
    private readonly server: Server,
    /** The server's address, with this line in its place. */
    readonly url: string,
  ) {}

  /**
   * @param target any address with a port, such as `postgres://user:password@host:port/name`
   * @param at where it listens: another address of loopback, a certain port
   */
  static async start(target: string, { host = '127.0.0.1', port: atPort = 0 } = {}): Promise<TrialLine> {
    const { hostname, port } = new URL(target);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(atPort, host, resolve));
    const here = `${host}:${(server.address() as AddressInfo).port}`;
    const line = new TrialLine(server, target.replace(`${hostname}:${port}`, here));
    server.on('connection', (client: Socket) => line.join(client, () => connect(Number(port), hostname)));
    return line;
  }

  /** Connections that pass now, or stand. */
  get connections(): number {
    return this.joined.size;
  }

  /** Connections that lead nowhere while their clients hold them open. */
  get believed(): number {
    return [...this.joined].filter(({ isBelieved }) => isBelieved).length;
  }

  /** Both ends of every connection see it closed, and new ones are closed at once, until heal(). */
  cut(): void {
    this.refusing = true;
    this.drop();
  }

  /** Both ends of every connection see it closed; new ones pass. */
  drop(): void {
    for (const connection of this.joined) connection.cut();
  }

  /** Every connection of now is silent for good, and neither end learns of it; new ones pass. */
  strand(): void {
    for (const connection of this.joined) connection.hold();
  }

  /** Nothing passes these ways until heal(), of new connections neither. What was sent meanwhile comes then. */
  part(...ways: Way[]): void {
    for (const way of ways) this.parted.add(way);
    for (const connection of this.joined) connection.heed();
  }

  heal(): void {
    this.refusing = false;
    this.parted.clear();
    for (const connection of this.joined) connection.heed();
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.drop();
    await closed;
  }

  private join(client: Socket, dial: () => Socket): void {
    client.on('error', () => client.destroy());
    if (this.refusing) return void client.destroy();
    const connection = new LineConnection(client, dial(), {
      meddle: this.meddlerOf(),
      isParted: (way) => this.parted.has(way),
      delayMs: () => this.delayMs(),
      bitsPerSec: () => this.quality.bitsPerSec ?? Infinity,
      onBroken: () => (this.broken += 1),
      onGone: () => this.joined.delete(connection),
    });
    this.joined.add(connection);
  }

  /** Of the next packet. */
  private delayMs(): number {
    const { delayMs = 0, lostPercent = 0, random } = this.quality;
    if (!random || random.below(100) >= lostPercent) return delayMs;
    this.lost += 1;
    return delayMs + random.between(resendMs.from, resendMs.to);
  }
}
