import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * What becomes of one connection once `bytes` went `to` the server or came `from` it. `cut`: both ends see it closed.
 * `hold`: it stays open, and nothing passes any more.
 */
export interface Fate {
  way: 'to' | 'from';
  bytes: number;
  then: 'cut' | 'hold';
}

/** A network between a client and one server, that breaks at any byte. */
export class CuttingProxy {
  private readonly sockets = new Set<Socket>();
  private fated = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** @param fateOf called for each connection; null: it lives as long as its ends */
  static async start(targetUrl: string, fateOf: () => Fate | null): Promise<CuttingProxy> {
    const { hostname, port } = new URL(targetUrl);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new CuttingProxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('connection', (client) => proxy.join(client, connect(Number(port), hostname), fateOf()));
    return proxy;
  }

  /** Connections that met their fate so far. */
  get broken(): number {
    return this.fated;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, server: Socket, fate: Fate | null): void {
    const end = (): void => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', () => {
        this.sockets.delete(socket);
        end();
      });
    }
    this.carry([client, server], fate?.way === 'to' ? fate : null, end);
    this.carry([server, client], fate?.way === 'from' ? fate : null, end);
  }

  private carry([source, sink]: [Socket, Socket], fate: Fate | null, end: () => void): void {
    let left = fate?.bytes ?? Infinity;
    source.on('data', (bytes: Buffer) => {
      if (left < 0) return; // held: swallowed
      const passed = bytes.subarray(0, Math.min(left, bytes.length));
      left -= bytes.length;
      if (left >= 0) {
        sink.write(passed);
        return;
      }
      this.fated += 1;
      sink.write(passed, () => (fate?.then === 'cut' ? end() : undefined));
    });
  }
}
