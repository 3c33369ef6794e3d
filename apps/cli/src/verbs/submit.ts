import { randomBytes } from 'node:crypto';
import { ServerUnreachable } from '#client';
import { connectToRunning, type Connection } from '../connect.js';
import { openDocument, type ReadyDocument } from '../document.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printSubmitted } from '../print-submitted.js';
import { printable } from '../render/printable.js';
import type { DocumentSource } from '../sources/document-source.js';
import { submitTo } from '../submit-to.js';
import { Interrupted, Interrupts } from '../terminal/interrupts.js';
import { openWorkFolders } from '../work-folders.js';

export interface SubmitVerbOptions {
  /** The key of an upload that broke off. */
  resume?: string;
  /** The user whose workflow it is. */
  as?: string;
}

/** Submits a document to a server that is up, and leaves it to itself. */
export async function submit(call: Call, source: DocumentSource, { resume, as }: SubmitVerbOptions): Promise<ExitCode> {
  const document = await openDocument(source);
  const connection = await connectToRunning(call);
  await openWorkFolders(connection, source);
  const interrupts = new Interrupts();
  interrupts.listen();
  try {
    return await new Submission(call, source, { resume, as, interrupts }).through(connection, document);
  } finally {
    interrupts.close();
    await connection.release();
  }
}

/** An upload shorter than this is sent again faster than its key is read. */
const keyAfterMs = 2_000;

class Submission {
  private readonly key: string;
  private readonly stop = new AbortController();
  private readonly beganMs = Date.now();
  /** Known once the upload is open. */
  private id: string | null = null;
  private sealing = false;

  constructor(
    private readonly call: Call,
    private readonly source: DocumentSource,
    private readonly options: SubmitVerbOptions & { interrupts: Interrupts },
  ) {
    this.key = options.resume ?? randomBytes(6).toString('hex');
    void options.interrupts.next().then((by) => this.stop.abort(new Interrupted(by)));
  }

  async through(connection: Connection, document: ReadyDocument): Promise<ExitCode> {
    // Said while it lasts: who is killed cannot say it any more.
    const telling = setTimeout(() => this.tellHowToGoOn('if this breaks off'), keyAfterMs);
    try {
      const id = await this.send(connection, document);
      const tookSec = (Date.now() - this.beganMs) / 1_000;
      await printSubmitted(this.call, await connection.client.workflow(id), tookSec);
      return exitCodes.ok;
    } catch (error) {
      if (this.stop.signal.aborted) return this.interrupted();
      if (error instanceof ServerUnreachable && this.id !== null) this.tellHowToGoOn('what was sent is kept');
      throw error;
    } finally {
      clearTimeout(telling);
    }
  }

  private send(connection: Connection, document: ReadyDocument): Promise<string> {
    return submitTo(connection.client, document, this.call.terminal, {
      source: this.source.name,
      signal: this.stop.signal,
      key: this.key,
      resume: this.options.resume !== undefined,
      owner: this.options.as,
      onOpened: (id) => {
        this.id = id;
      },
      onSealing: () => {
        this.sealing = true;
      },
    });
  }

  private interrupted(): ExitCode {
    const { note } = this.call.terminal;
    if (this.sealing) note(`interrupted: ${this.id} was sent whole and may run: sluice show ${this.id}`);
    else if (this.id === null) note('interrupted: nothing was submitted');
    else this.tellHowToGoOn('interrupted: nothing of it runs, what was sent is kept');
    return exitCodes.interrupted;
  }

  private tellHowToGoOn(why: string): void {
    const resume = this.options.resume === undefined ? ['--resume', this.key] : [];
    const line = ['sluice', ...process.argv.slice(2), ...resume].map(quoted).join(' ');
    this.call.terminal.note(`${why}, go on with: ${line}`);
  }
}

/** As a shell takes it. */
const quoted = (argument: string): string =>
  /^[\w.,:=/@-]+$/.test(argument) ? argument : `'${printable(argument).replaceAll("'", String.raw`'\''`)}'`;
