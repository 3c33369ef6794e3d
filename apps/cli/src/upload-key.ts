import { randomBytes } from 'node:crypto';
import { ServerUnreachable } from '#client';
import { printable } from './render/printable.js';
import type { Terminal } from './terminal/terminal.js';

/** An upload shorter than this is sent again faster than its key is read. */
const keyAfterMs = 2_000;

/** The name of an upload, by which it goes on after it broke off, and the telling of it. */
export class UploadKey {
  readonly key: string;
  /** Whether it was begun before. */
  readonly resume: boolean;
  /** The workflow's; known once the upload is open. */
  id: string | null = null;

  /**
   * @param options.given the key of an upload that broke off; left out: a new one
   * @param options.verbResumes whether the verb takes the key again
   */
  constructor(
    private readonly terminal: Terminal,
    private readonly options: { given: string | undefined; verbResumes: boolean },
  ) {
    this.resume = options.given !== undefined;
    this.key = options.given ?? randomBytes(6).toString('hex');
  }

  /** Whether something of the upload is kept, and the verb can go on with it. */
  get canGoOn(): boolean {
    return this.options.verbResumes && this.id !== null;
  }

  /** Runs an upload. One that takes long tells its key while it lasts: who is killed cannot say it any more. */
  async telling<T>(upload: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.canGoOn && this.tellHowToGoOn('if this breaks off'), keyAfterMs);
    try {
      return await upload();
    } catch (error) {
      if (error instanceof ServerUnreachable && this.canGoOn) this.tellHowToGoOn('what was sent is kept');
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  tellHowToGoOn(why: string): void {
    const resume = this.resume ? [] : ['--resume', this.key];
    const line = ['sluice', ...process.argv.slice(2), ...resume].map(quoted).join(' ');
    this.terminal.note(`${why}, go on with: ${line}`);
  }
}

/** As a shell takes it. */
const quoted = (argument: string): string =>
  /^[\w.,:=/@-]+$/.test(argument) ? argument : `'${printable(argument).replaceAll("'", String.raw`'\''`)}'`;
