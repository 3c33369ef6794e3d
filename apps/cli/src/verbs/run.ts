import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowView } from '#contracts';
import { connect, stackFault, type Connection } from '../connect.js';
import { openDocument, type ReadyDocument } from '../document.js';
import { CliFault, exitCodeOf, exitCodes, type ExitCode } from '../exit-code.js';
import { followToEnd } from '../follow-to-end.js';
import type { Call } from '../globals.js';
import { printWorkflow } from '../print-workflow.js';
import { printSubmitted } from '../print-submitted.js';
import { openProgress } from '../progress.js';
import { printingRefusal } from '../refused-document.js';
import type { DocumentSource } from '../sources/document-source.js';
import { stackSettings, type StackOptions } from '../stack-settings.js';
import { submitTo } from '../submit-to.js';
import { Interrupted, Interrupts, type Interrupt } from '../terminal/interrupts.js';
import { UploadKey } from '../upload-key.js';
import { openWorkFolders } from '../work-folders.js';

export interface RunOptions extends StackOptions {
  /** Goes on although no worker that is there could run what is left. */
  wait: boolean;
  /** The stack stays when the workflow has ended. */
  keep: boolean;
  /** The key of an upload that broke off. */
  resume?: string;
  /** Whether the verb takes such a key. */
  resumes: boolean;
  /** False: returns once it is submitted; what it started stays until the workflow has ended. */
  follow?: boolean;
  /** Called after the report. */
  onEnd?: (connection: Connection, view: WorkflowView) => Promise<void>;
}

const secondThoughtMs = 3_000;

/** Submits a document and follows its workflow to the end; starts what is not running. */
export const run = (call: Call, source: DocumentSource, options: RunOptions): Promise<ExitCode> =>
  printingRefusal(call, () => runDocument(call, source, options));

async function runDocument(call: Call, source: DocumentSource, options: RunOptions): Promise<ExitCode> {
  const document = await openDocument(source);
  const interrupts = new Interrupts();
  interrupts.listen();
  try {
    return await new Run(call, source, options, interrupts).through(document);
  } finally {
    interrupts.close();
  }
}

class Run {
  /** Until the seal a Ctrl-C undoes everything; from then on it detaches. */
  private sealing = false;
  private beganMs = 0;
  private readonly first: Promise<Interrupt>;
  private readonly beforeSeal = new AbortController();
  private readonly key: UploadKey;

  constructor(
    private readonly call: Call,
    private readonly source: DocumentSource,
    private readonly options: RunOptions,
    private readonly interrupts: Interrupts,
  ) {
    this.key = new UploadKey(call.terminal, { given: options.resume, verbResumes: options.resumes });
    this.first = interrupts.next();
    void this.first.then((by) => {
      if (!this.sealing) this.beforeSeal.abort(new Interrupted(by));
    });
  }

  async through(document: ReadyDocument): Promise<ExitCode> {
    let connection: Connection | null = null;
    try {
      connection = await this.connect();
      await openWorkFolders(connection, this.source);
      const id = await this.submit(connection, document);
      return await (this.options.follow === false ? this.leave(connection, id) : this.follow(connection, id));
    } catch (error) {
      if (!this.beforeSeal.signal.aborted) throw error;
      if (this.key.canGoOn) this.key.tellHowToGoOn('interrupted: nothing of it runs, what was sent is kept');
      else this.call.terminal.note('interrupted: nothing was submitted');
      return exitCodes.interrupted;
    } finally {
      await connection?.release();
    }
  }

  private async connect(): Promise<Connection> {
    const { options } = this;
    const connection = await connect(this.call, {
      mode: 'run',
      quiet: false,
      signal: this.beforeSeal.signal,
      settings: stackSettings(options),
    });
    if (options.keep) await connection.stack?.keep().catch(stackFault);
    return connection;
  }

  private async submit(connection: Connection, document: ReadyDocument): Promise<string> {
    this.beganMs = Date.now();
    return this.key.telling(() =>
      submitTo(connection.client, document, this.call.terminal, {
        source: this.source.name,
        signal: this.beforeSeal.signal,
        key: this.key,
        onSealing: () => {
          this.sealing = true;
        },
      }),
    );
  }

  private async follow(connection: Connection, id: string): Promise<ExitCode> {
    this.call.terminal.note(`${id} submitted`);
    const outcome = await this.followUntil(connection, id, {
      interrupt: this.first,
      hint: 'Ctrl-C detaches: the workflow goes on',
    });
    if ('view' in outcome) return this.report(connection, outcome);
    return this.interrupted(connection, id, outcome.by);
  }

  /** Ends with the workflow, or with the interrupt. */
  private async followUntil(
    connection: Connection,
    id: string,
    { interrupt, hint }: { interrupt: Promise<Interrupt>; hint: string },
  ): Promise<{ view: WorkflowView; stuck: boolean } | { by: Interrupt }> {
    const stop = new AbortController();
    void interrupt.then((by) => stop.abort(new Interrupted(by)));
    void connection.stack?.lost.then(() => stop.abort(stackLost(id)));
    const progress = openProgress(this.call.terminal, hint);
    const endWhenStuck = !this.options.wait && connection.stack?.started === true;
    try {
      const end = await followToEnd(connection.client, id, { progress, signal: stop.signal, endWhenStuck });
      progress.end({ keep: end.stuck || this.call.globals.output !== 'table' });
      return end;
    } catch (error) {
      progress.end({ keep: true });
      const reason: unknown = stop.signal.reason;
      if (!stop.signal.aborted) throw error;
      if (reason instanceof Interrupted) return { by: reason.by };
      throw reason;
    }
  }

  private async report(connection: Connection, end: { view: WorkflowView; stuck: boolean }): Promise<ExitCode> {
    await printWorkflow(this.call, end.view, { client: connection.client, errors: true });
    await this.options.onEnd?.(connection, end.view);
    const { note } = this.call.terminal;
    if (this.options.keep && connection.stack) note('the stack stays up: sluice down stops it');
    if (!end.stuck) return exitCodeOf(end.view.workflow.state);
    note(`no worker here can run what is left of ${end.view.workflow.id}; it stays as it is, --wait would go on`);
    return exitCodes.failed;
  }

  private async interrupted(connection: Connection, id: string, by: Interrupt): Promise<ExitCode> {
    const { note } = this.call.terminal;
    if (by === 'leave') return this.detach(connection, id);
    note(`detaching in ${secondThoughtMs / 1_000} s: the workflow goes on. Ctrl-C again cancels ${id}`);
    const second = this.interrupts.next();
    const again = await Promise.race([second, sleep(secondThoughtMs, 'no' as const)]);
    if (again !== 'ask') return this.detach(connection, id);
    await connection.client.cancel(id);
    note(`cancelling ${id}; Ctrl-C again leaves it to itself`);
    const outcome = await this.followUntil(connection, id, {
      interrupt: this.interrupts.next(),
      hint: 'Ctrl-C leaves it to itself: it is being cancelled',
    });
    return 'view' in outcome ? this.report(connection, outcome) : this.detach(connection, id);
  }

  /** Leaves the workflow to itself from the beginning. */
  private async leave(connection: Connection, id: string): Promise<ExitCode> {
    await printSubmitted(this.call, connection.client, { id, tookSec: this.tookSec() });
    await connection.stack?.detach({ until: id }).catch(stackFault);
    return exitCodes.ok;
  }

  private tookSec(): number {
    return (Date.now() - this.beganMs) / 1_000;
  }

  private async detach(connection: Connection, id: string): Promise<ExitCode> {
    await connection.stack?.detach({ until: id }).catch(stackFault);
    this.call.terminal.note(`detached: ${id} goes on. Follow it: sluice watch ${id}`);
    return exitCodes.interrupted;
  }
}

const stackLost = (id: string): CliFault =>
  new CliFault(exitCodes.noServer, [
    'the stack on this machine has stopped',
    `${id} is kept: it goes on when a stack is up again (sluice up)`,
  ]);
