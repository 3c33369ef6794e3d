/**
 * Owns the lines that are drawn anew in place on stderr. Nothing above them is touched, and the cursor is shown again
 * whatever ends the process.
 */
export class Screen {
  private drawn = 0;
  private cursorHidden = false;
  private readonly onExit = (): void => this.showCursor();

  constructor(private readonly stream: NodeJS.WriteStream) {
    process.on('exit', this.onExit);
  }

  get size(): { columns: number; rows: number } {
    return { columns: this.stream.columns || 80, rows: this.stream.rows || 24 };
  }

  /** Replaces what was drawn before. The lines must fit the screen. */
  draw(lines: readonly string[]): void {
    const hide = this.cursorHidden ? '' : '\x1b[?25l';
    this.cursorHidden = true;
    this.stream.write(`${hide}${this.home()}${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
    this.drawn = lines.length;
  }

  /** Takes away what was drawn. */
  clear(): void {
    if (this.drawn > 0) this.stream.write(`${this.home()}\x1b[J`);
    this.settle();
  }

  /** Leaves what was drawn where it is; the next drawing begins below. */
  settle(): void {
    this.drawn = 0;
    this.showCursor();
  }

  /** Lets go of the process: nothing is drawn any more. */
  close(): void {
    this.settle();
    process.off('exit', this.onExit);
  }

  private home(): string {
    return this.drawn > 0 ? `\x1b[${this.drawn}A\r` : '';
  }

  private showCursor(): void {
    if (this.cursorHidden) this.stream.write('\x1b[?25h');
    this.cursorHidden = false;
  }
}
