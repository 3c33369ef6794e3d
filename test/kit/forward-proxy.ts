import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

export interface ForwardProxyOptions {
  /** `user:password` that it asks for. */
  credentials?: string;
  /** Connections on which nothing moved for so long are cut without a word, answers that are awaited too. */
  idleCutMs?: number;
  /** Its own answer to a request, in place of the server's; null: it is passed on. */
  refuse?: (no: number) => { status: number; page: string } | null;
}

/** A forward proxy for http and https as sites have them, with their bad habits. Answers are passed on when they are whole. */
export class ForwardProxy {
  /** What it was asked for: addresses of http, `host:port` of tunnels. */
  readonly asked: string[] = [];
  /** Headers of what was asked. */
  readonly headers: IncomingMessage['headers'][] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly options: ForwardProxyOptions,
  ) {}

  static async start(options: ForwardProxyOptions = {}): Promise<ForwardProxy> {
    const server = createServer();
    const proxy = new ForwardProxy(server, options);
    server.on('request', (asked, answer) => proxy.pass(asked, answer));
    server.on('connect', (asked: IncomingMessage, client: Socket) => proxy.tunnel(asked, client));
    server.on('connection', (socket: Socket) => proxy.watch(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Connections that clients have opened so far and that are still there. */
  get open(): number {
    return this.sockets.size;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private watch(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sockets.delete(socket));
    if (this.options.idleCutMs !== undefined) socket.setTimeout(this.options.idleCutMs, () => socket.destroy());
  }

  private refusalOf({ url, headers }: IncomingMessage): { status: number; page: string } | null {
    const { credentials, refuse } = this.options;
    this.asked.push(url ?? '');
    this.headers.push(headers);
    const right = `Basic ${Buffer.from(credentials ?? '').toString('base64')}`;
    if (credentials !== undefined && headers['proxy-authorization'] !== right) return { status: 407, page: 'who?' };
    return refuse?.(this.asked.length) ?? null;
  }

  private pass(asked: IncomingMessage, answer: ServerResponse): void {
    const refusal = this.refusalOf(asked);
    if (refusal !== null) {
      asked.resume();
      answer.writeHead(refusal.status, { 'content-type': 'text/html', server: 'trial-proxy' }).end(refusal.page);
      return;
    }
    const headers = { ...asked.headers };
    delete headers['proxy-authorization'];
    const onward = request(asked.url ?? '', { method: asked.method, headers }, (answered) => {
      void wholeOf(answered).then(
        (body) => answer.writeHead(answered.statusCode ?? 502, answered.headers).end(body),
        () => answer.destroy(),
      );
    });
    onward.on('error', () => {
      if (!answer.headersSent) answer.writeHead(502, { 'content-type': 'text/html' });
      answer.end('<title>Bad Gateway</title>');
    });
    answer.on('close', () => onward.destroy());
    asked.pipe(onward);
  }

  private tunnel(asked: IncomingMessage, client: Socket): void {
    const refusal = this.refusalOf(asked);
    if (refusal !== null) {
      client.end(`HTTP/1.1 ${refusal.status} No\r\ncontent-length: 0\r\nserver: trial-proxy\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${asked.url ?? ''}`);
    const server = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(server).pipe(client);
    });
    server.on('error', () => client.destroy());
    server.on('close', () => client.destroy());
    client.on('close', () => server.destroy());
  }
}

async function wholeOf(answer: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
