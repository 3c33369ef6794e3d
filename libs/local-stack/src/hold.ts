import { connect, type Socket } from 'node:net';
import { readMessages, writeMessage, type HolderSays, type SupervisorSays } from './control-messages.js';
import { StackFault, type StackProgress } from './stack-contract.js';

type Ask = Exclude<HolderSays, { token: string }>;

/** Our connection to a supervisor. While it is open a stack of mode `run` stays. */
export class Hold {
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>;
  private readonly answers: ((stopping: boolean) => void)[] = [];
  private readonly begun: Promise<string>;
  private begin: (url: string) => void = () => undefined;
  private fail: (fault: StackFault) => void = () => undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly onProgress: (progress: StackProgress) => void,
  ) {
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    this.begun = new Promise((resolve, reject) => {
      this.begin = resolve;
      this.fail = reject;
    });
    this.begun.catch(() => undefined); // nobody may ask
    readMessages<SupervisorSays>(socket, (message) => this.hear(message));
  }

  /** @returns null when no supervisor listens there (any more). */
  static connect(to: {
    port: number;
    token: string;
    onProgress?: (progress: StackProgress) => void;
  }): Promise<Hold | null> {
    return new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port: to.port });
      socket.once('error', () => resolve(null));
      socket.once('connect', () => {
        socket.on('error', () => undefined); // `closed` follows
        writeMessage(socket, { token: to.token });
        resolve(new Hold(socket, to.onProgress ?? (() => undefined)));
      });
    });
  }

  /**
   * Waits until the stack is ready.
   * @returns the gateway's address, or null when the supervisor was on its way out.
   * @throws StackFault when the stack could not start.
   */
  async ready(): Promise<string | null> {
    return Promise.race([this.begun, this.closed.then(() => null)]);
  }

  /** @returns true when the stack stops because of it, or is gone. */
  async ask(question: Ask): Promise<boolean> {
    const answer = new Promise<boolean>((resolve) => this.answers.push(resolve));
    writeMessage(this.socket, question);
    return Promise.race([answer, this.closed.then(() => true)]);
  }

  close(): void {
    this.socket.destroy();
  }

  private hear(message: SupervisorSays): void {
    if (message.kind === 'progress') this.onProgress(message.progress);
    if (message.kind === 'ready') this.begin(message.url);
    if (message.kind === 'failed') this.fail(new StackFault(message.reason));
    if (message.kind === 'done') this.answers.shift()?.(message.stopping);
  }
}
