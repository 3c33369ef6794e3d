import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Random } from './random.js';

export interface LineOptions {
  /** One way. */
  delayMs: number;
  bitsPerSec: number;
  /** Packets of a hundred that are lost: TCP sends them again, so they and all behind them are late. */
  lostPercent: number;
  random: Random;
}

const packetBytes = 1_400;
const resendMs = { from: 800, to: 1_000 };

/** A bad line to one server: slow, far and lossy, as TCP lets a program feel it. */
export class SlowLine {
  /** Packets that were lost so far. */
  lost = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly options: LineOptions,
  ) {}

  static async start(target: string, options: LineOptions): Promise<SlowLine> {
    const { hostname, port } = new URL(target);
    const server = createServer();
    const line = new SlowLine(server, options);
    server.on('connection', (client: Socket) => {
      const far = connect(Number(port), hostname);
      line.carry(client, far);
      line.carry(far, client);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private carry(source: Socket, sink: Socket): void {
    let sentMs = performance.now();
    let arrivesMs = 0;
    this.sockets.add(source);
    source.setNoDelay(true);
    source.on('error', () => source.destroy());
    source.on('data', (bytes: Buffer) => {
      for (let from = 0; from < bytes.length; from += packetBytes) {
        const packet = bytes.subarray(from, from + packetBytes);
        sentMs = Math.max(sentMs, performance.now()) + (packet.length * 8_000) / this.options.bitsPerSec;
        arrivesMs = Math.max(arrivesMs, sentMs + this.options.delayMs + this.resendMs());
        setTimeout(() => sink.write(packet), arrivesMs - performance.now());
      }
    });
    source.on('close', () => {
      this.sockets.delete(source);
      setTimeout(() => sink.destroy(), Math.max(0, arrivesMs - performance.now()) + 1);
    });
  }

  private resendMs(): number {
    const { random, lostPercent } = this.options;
    if (random.below(100) >= lostPercent) return 0;
    this.lost += 1;
    return random.between(resendMs.from, resendMs.to);
  }
}
