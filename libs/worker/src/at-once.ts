/** Lets so many pieces of work go on at once; the others wait in line. */
export class AtOnce {
  private underWay = 0;
  private readonly line: (() => void)[] = [];

  constructor(private readonly max: number) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.underWay >= this.max) await new Promise<void>((resolve) => this.line.push(resolve));
    else this.underWay += 1;
    try {
      return await work();
    } finally {
      const next = this.line.shift();
      if (next) next();
      else this.underWay -= 1;
    }
  }
}
