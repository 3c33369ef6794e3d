import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** The calls of the worker protocol, by the end of their address. */
export type WorkerCall = 'sessions' | 'lease' | 'heartbeat' | 'report' | 'sessions/end';

/** A request as it passed. */
export interface Passed {
  call: WorkerCall;
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/**
 * What becomes of one request. `lose-request`: the server never hears of it. `lose-answer`: the server has done it, and the
 * client never hears. `repeat`: the server hears it twice, and the client the second answer. A number: it is late by so
 * many milliseconds, half of them on each way. Null: nothing.
 */
export type NetworkFault = 'lose-request' | 'lose-answer' | 'repeat' | number | null;

/** @param no of this call, from 1 */
export type FaultOf = (call: WorkerCall, no: number) => NetworkFault;

/** A network between workers and one gateway that knows the calls of their protocol, and fails as it is told. */
export class TrialNetwork {
  /** Requests so far, of each call. */
  readonly calls = new Map<WorkerCall, number>();
  /** Every report that was sent, to be sent again. */
  readonly reports: Passed[] = [];
  /** Asked at each request. */
  faultOf: FaultOf = () => null;
  private readonly agent = new Agent({ keepAlive: true });
  private readonly sockets = new Set<Socket>();
  private away = false;

  private constructor(
    private readonly server: Server,
    private readonly target: string,
  ) {}

  static async start(target: string): Promise<TrialNetwork> {
    const server = createServer();
    const network = new TrialNetwork(server, target);
    server.on('connection', (socket: Socket) => network.welcome(socket));
    server.on('request', (asked, answer) => void network.pass(asked, answer).catch(() => asked.socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return network;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on nothing passes, and what was on its way is lost. */
  cut(): void {
    this.away = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.away = false;
  }

  /** Delivers a request again, as a network may that kept it. @returns status and body of the answer */
  async replay(passed: Passed): Promise<{ status: number; body: string }> {
    const { status, body } = await this.deliver(passed);
    return { status, body: body.toString() };
  }

  async stop(): Promise<void> {
    this.cut();
    this.agent.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private welcome(socket: Socket): void {
    if (this.away) return void socket.destroy();
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sockets.delete(socket));
  }

  private async pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const path = asked.url ?? '';
    const call = path.replace('/worker/v1/', '') as WorkerCall;
    const no = (this.calls.get(call) ?? 0) + 1;
    this.calls.set(call, no);
    const passed = { call, path, headers: asked.headers, body: await bytesOf(asked) };
    if (call === 'report') this.reports.push(passed);
    const fault = this.faultOf(call, no);
    if (fault === 'lose-request') return void asked.socket.destroy();
    const lateMs = typeof fault === 'number' ? fault / 2 : 0;
    if (lateMs > 0) await sleep(lateMs);
    const gone = new AbortController();
    answer.once('close', () => gone.abort());
    let answered = await this.deliver(passed, gone.signal);
    if (fault === 'repeat') answered = await this.deliver(passed, gone.signal);
    if (lateMs > 0) await sleep(lateMs);
    if (fault === 'lose-answer') return void asked.socket.destroy();
    answer.writeHead(answered.status, answered.headers).end(answered.body);
  }

  private deliver({ path, headers, body }: Passed, signal?: AbortSignal) {
    return new Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }>((resolve, reject) => {
      const options = { method: 'POST', headers, agent: this.agent, signal };
      const onward = request(this.target + path, options, (answered) => {
        const { statusCode: status = 0, headers } = answered;
        bytesOf(answered).then((body) => resolve({ status, headers, body }), reject);
      });
      onward.on('error', reject);
      onward.end(body);
    });
  }
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
