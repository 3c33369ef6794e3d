/** `ask`: Ctrl-C, which a second one may strengthen. `leave`: the terminal is gone or we are told to end: no questions. */
export type Interrupt = 'ask' | 'leave';

/** Owns the signals that ask this process to end. While it listens they end nothing by themselves. */
export class Interrupts {
  private readonly arrived: Interrupt[] = [];
  private readonly waiting: ((interrupt: Interrupt) => void)[] = [];
  private readonly onAsk = (): void => this.arrive('ask');
  private readonly onLeave = (): void => this.arrive('leave');

  listen(): void {
    process.on('SIGINT', this.onAsk);
    process.on('SIGTERM', this.onLeave);
    process.on('SIGHUP', this.onLeave);
  }

  /** The next one that nobody has taken yet, also when it came before. */
  next(): Promise<Interrupt> {
    const earlier = this.arrived.shift();
    if (earlier !== undefined) return Promise.resolve(earlier);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  close(): void {
    process.off('SIGINT', this.onAsk);
    process.off('SIGTERM', this.onLeave);
    process.off('SIGHUP', this.onLeave);
  }

  private arrive(interrupt: Interrupt): void {
    const taker = this.waiting.shift();
    if (taker) taker(interrupt);
    else this.arrived.push(interrupt);
  }
}

/** The user ended a verb before it was through. */
export class Interrupted extends Error {
  constructor(readonly by: Interrupt) {
    super('interrupted');
    this.name = 'Interrupted';
  }
}
