/** The reader of stdout went away (`| head`): nobody wants more, and that is no error. */
export class OutputClosed extends Error {
  constructor() {
    super('the reader of the output has gone');
    this.name = 'OutputClosed';
  }
}

const flushChars = 64 * 1024;

/** Data for the user: stdout, gathered, with back-pressure. Nothing else writes there. */
export class Output {
  private gathered = '';
  private closed = false;

  constructor(private readonly stream: NodeJS.WriteStream) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      this.closed = true;
    });
  }

  /** Writes one line. @throws OutputClosed as text() does */
  async line(text: string): Promise<void> {
    await this.text(`${text}\n`);
  }

  /** Writes a text as it is. @throws OutputClosed once the reader has gone, so that whoever makes text stops. */
  async text(text: string): Promise<void> {
    if (this.closed) throw new OutputClosed();
    this.gathered += text;
    if (this.gathered.length >= flushChars) await this.flush();
  }

  async lines(texts: readonly string[]): Promise<void> {
    for (const text of texts) await this.line(text);
  }

  /** Resolves when the system has taken all that was written, or the reader has gone. */
  async flush(): Promise<void> {
    const text = this.gathered;
    this.gathered = '';
    if (this.closed || text === '') return;
    await new Promise<void>((resolve) => void this.stream.write(text, () => resolve()));
  }
}
