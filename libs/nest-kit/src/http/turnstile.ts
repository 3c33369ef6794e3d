import { refusals } from './refusal.js';

/** Lets a few pieces of work in at once; the others wait in line, and beyond a length of the line are sent away. */
export class Turnstile {
  private inside = 0;
  private readonly line: (() => void)[] = [];

  constructor(private readonly limits: { insideMax: number; lineMax: number }) {}

  /** @throws Refusal 503 when the line is full */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.inside < this.limits.insideMax) this.inside += 1;
    else await this.waitInLine();
    try {
      return await work();
    } finally {
      const next = this.line.shift();
      if (next)
        next(); // hands its place on
      else this.inside -= 1;
    }
  }

  private waitInLine(): Promise<void> {
    if (this.line.length >= this.limits.lineMax) throw refusals.unavailable('too many uploads at once');
    return new Promise((resolve) => this.line.push(resolve));
  }
}
