import { connectToRunning, type Connection } from '../connect.js';
import { openDocument, type ReadyDocument } from '../document.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printSubmitted } from '../print-submitted.js';
import { printingRefusal } from '../refused-document.js';
import type { DocumentSource } from '../sources/document-source.js';
import { submitTo } from '../submit-to.js';
import { Interrupted, Interrupts } from '../terminal/interrupts.js';
import { UploadKey } from '../upload-key.js';
import { openWorkFolders } from '../work-folders.js';

export interface SubmitVerbOptions {
  /** The key of an upload that broke off. */
  resume?: string;
  /** The user whose workflow it is. */
  as?: string;
}

/** Submits a document to a server that is up, and leaves it to itself. */
export const submit = (call: Call, source: DocumentSource, options: SubmitVerbOptions): Promise<ExitCode> =>
  printingRefusal(call, () => submitDocument(call, source, options));

async function submitDocument(
  call: Call,
  source: DocumentSource,
  { resume, as }: SubmitVerbOptions,
): Promise<ExitCode> {
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

class Submission {
  private readonly key: UploadKey;
  private readonly stop = new AbortController();
  private readonly beganMs = Date.now();
  private sealing = false;

  constructor(
    private readonly call: Call,
    private readonly source: DocumentSource,
    private readonly options: SubmitVerbOptions & { interrupts: Interrupts },
  ) {
    this.key = new UploadKey(call.terminal, { given: options.resume, verbResumes: true });
    void options.interrupts.next().then((by) => this.stop.abort(new Interrupted(by)));
  }

  async through(connection: Connection, document: ReadyDocument): Promise<ExitCode> {
    try {
      const id = await this.key.telling(() => this.send(connection, document));
      const tookSec = (Date.now() - this.beganMs) / 1_000;
      await printSubmitted(this.call, connection.client, { id, tookSec });
      return exitCodes.ok;
    } catch (error) {
      if (this.stop.signal.aborted) return this.interrupted();
      throw error;
    }
  }

  private send(connection: Connection, document: ReadyDocument): Promise<string> {
    return submitTo(connection.client, document, this.call.terminal, {
      source: this.source.name,
      signal: this.stop.signal,
      key: this.key,
      owner: this.options.as,
      onSealing: () => {
        this.sealing = true;
      },
    });
  }

  private interrupted(): ExitCode {
    const { note } = this.call.terminal;
    const { id } = this.key;
    if (this.sealing) note(`interrupted: ${id} was sent whole and may run: sluice show ${id}`);
    else if (id === null) note('interrupted: nothing was submitted');
    else this.key.tellHowToGoOn('interrupted: nothing of it runs, what was sent is kept');
    return exitCodes.interrupted;
  }
}
