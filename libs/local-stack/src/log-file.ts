import { existsSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** Logs of this many earlier starts are kept: NAME.1.log is the last one. */
const earlierLogsKept = 2;

/** The log of one process. `open` begins a new file and keeps the earlier ones. */
export class LogFile {
  readonly path: string;

  constructor(
    private readonly folder: string,
    private readonly name: string,
  ) {
    this.path = join(folder, `${name}.log`);
  }

  /** @returns a file descriptor to append to; the caller closes it. */
  open(options: { rotate: boolean }): number {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    if (options.rotate) this.rotate();
    return openSync(this.path, 'a', 0o600);
  }

  /** The last lines, for an error message. */
  tail(linesMax = 12): string {
    if (!existsSync(this.path)) return '';
    return readFileSync(this.path, 'utf8').trimEnd().split('\n').slice(-linesMax).join('\n');
  }

  private rotate(): void {
    for (let age = earlierLogsKept; age >= 1; age -= 1) {
      const newer = age === 1 ? this.path : join(this.folder, `${this.name}.${age - 1}.log`);
      if (existsSync(newer)) renameSync(newer, join(this.folder, `${this.name}.${age}.log`));
    }
  }
}
