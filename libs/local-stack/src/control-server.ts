import { timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { readMessages, writeMessage, type HolderSays, type SupervisorSays } from './control-messages.js';
import type { StackMode, WorkerSettings } from './stack-contract.js';

export interface ControlServerOptions {
  token: string;
  mode: StackMode;
  /** True when that workflow has ended, or is not known any more. */
  hasEnded: (workflow: string) => Promise<boolean>;
  /** Nobody needs the stack any more, or someone asked for its end. */
  onStop: () => void;
  /** Someone who runs jobs came; resolves when there are workers. */
  onWorkers: (settings: WorkerSettings) => Promise<void>;
  /** The stack turned from `run` to `up`. */
  onKeep: () => void;
  /** How long a new stack waits for its first holder. */
  firstHolderMs?: number;
  pollMs?: number;
}

/**
 * Who holds the stack, on a port of 127.0.0.1. A holder is a connection, so one that is killed lets go by itself.
 * H1 In mode `run` the stack stops as soon as there is neither a holder nor a workflow to wait for.
 * H2 In mode `up` only `stop` ends it. H3 onStop is called once.
 */
export class ControlServer {
  private readonly holders = new Set<Socket>();
  private readonly connections = new Set<Socket>();
  private readonly awaited = new Set<string>();
  private readonly said: SupervisorSays[] = [];
  private readonly server: Server;
  private mode: StackMode;
  private stopping = false;
  private timers: NodeJS.Timeout[] = [];

  constructor(private readonly options: ControlServerOptions) {
    this.mode = options.mode;
    this.server = createServer((socket) => this.greet(socket));
  }

  /** @returns the port. */
  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ host: '127.0.0.1', port: 0 }, resolve);
    });
    const { firstHolderMs = 5_000, pollMs = 1_000 } = this.options;
    this.timers = [setTimeout(() => this.stopIfFree(), firstHolderMs), setInterval(() => void this.poll(), pollMs)];
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Tells every holder, and those who come later too. */
  say(message: SupervisorSays): void {
    this.said.push(message);
    for (const holder of this.holders) writeMessage(holder, message);
  }

  /** Holders learn that the stack is gone when their connection ends. */
  close(): void {
    this.stopping = true;
    this.timers.forEach((timer) => clearInterval(timer));
    this.server.close();
    for (const socket of this.connections) socket.end();
  }

  private greet(socket: Socket): void {
    this.connections.add(socket);
    socket.on('error', () => undefined); // `close` follows
    socket.once('close', () => {
      this.connections.delete(socket);
      if (this.holders.delete(socket)) this.stopIfFree();
    });
    readMessages<HolderSays>(socket, (message) => this.hear(socket, message));
  }

  private hear(socket: Socket, message: HolderSays): void {
    if (this.holders.has(socket)) {
      if ('ask' in message) void this.answer(socket, message);
    } else if ('token' in message && isSame(message.token, this.options.token) && !this.stopping) {
      this.holders.add(socket);
      for (const earlier of this.said) writeMessage(socket, earlier);
    } else {
      socket.destroy();
    }
  }

  private async answer(socket: Socket, message: Exclude<HolderSays, { token: string }>): Promise<void> {
    if (message.ask === 'workers') await this.options.onWorkers(message.settings);
    if (message.ask === 'keep') this.keep();
    if (message.ask === 'until') this.awaited.add(message.workflow);
    if (message.ask === 'release') this.holders.delete(socket);
    const stopping = message.ask === 'stop' || this.isFree();
    writeMessage(socket, { kind: 'done', stopping });
    if (stopping) this.stop();
  }

  private keep(): void {
    if (this.mode === 'up') return;
    this.mode = 'up';
    this.options.onKeep();
  }

  private isFree(): boolean {
    return this.mode === 'run' && this.holders.size === 0 && this.awaited.size === 0;
  }

  private stopIfFree(): void {
    if (this.isFree()) this.stop();
  }

  private stop(): void {
    if (this.stopping) return;
    this.stopping = true;
    this.options.onStop();
  }

  private async poll(): Promise<void> {
    for (const workflow of [...this.awaited]) {
      if ((await this.options.hasEnded(workflow)) && this.awaited.delete(workflow)) this.stopIfFree();
    }
  }
}

function isSame(given: unknown, token: string): boolean {
  const [a, b] = [Buffer.from(String(given)), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
