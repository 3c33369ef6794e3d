import type { WorkflowView } from '#contracts';
import { connectToRead, type Connection } from '../connect.js';
import { CliFault, exitCodeOf, exitCodes, type ExitCode } from '../exit-code.js';
import { followToEnd } from '../follow-to-end.js';
import type { Call } from '../globals.js';
import { printWorkflow } from '../print-workflow.js';
import { openProgress, type Progress } from '../progress.js';
import { gapLines } from '../render/workflow-text.js';
import { Keys } from '../terminal/keys.js';
import { Interrupted, Interrupts } from '../terminal/interrupts.js';
import { printWhy } from './why.js';

export interface WatchOptions {
  /** `wait` says nothing on its way. */
  silent: boolean;
  timeoutSec?: number;
}

/** Follows a workflow to its end, and exits with what it came to. Ctrl-C leaves it to itself. */
export async function watch(call: Call, selector: string, options: WatchOptions): Promise<ExitCode> {
  const interrupts = new Interrupts();
  interrupts.listen();
  const connection = await connectToRead(call).catch((fault: unknown) => {
    interrupts.close();
    throw fault;
  });
  const watching = new Watch(call, selector, options);
  try {
    const code = await watching.through(connection, interrupts);
    await tellMore(call, connection, watching.asked);
    return code;
  } finally {
    interrupts.close();
    await connection.release();
  }
}

/** What a key asked for: told below the screen, once that is left. */
const keys = { q: 'quit', e: 'failures', w: 'why' } as const;
type Asked = { wish: (typeof keys)[keyof typeof keys]; workflow: string };
const keysHint = 'q quits, the workflow goes on   e what failed   w why it is not done';

async function tellMore(call: Call, connection: Connection, asked: Asked | null): Promise<void> {
  if (asked === null || asked.wish === 'quit') return;
  if (asked.wish === 'why') return printWhy(call, connection.client, { selector: asked.workflow });
  const { client } = connection;
  await printWorkflow(call, await client.workflow(asked.workflow), { client, errors: true });
}

class Watch {
  private readonly stop = new AbortController();
  private printed = '';
  private workflow: string;
  /** The key that ended it, if one did. */
  asked: Asked | null = null;

  constructor(
    private readonly call: Call,
    private readonly selector: string,
    private readonly options: WatchOptions,
  ) {
    this.workflow = selector;
  }

  async through(connection: Connection, interrupts: Interrupts): Promise<ExitCode> {
    const timer = this.arm(connection, interrupts);
    const keyboard = this.listen();
    const hint = keyboard === null ? 'Ctrl-C: the workflow goes on' : keysHint;
    const progress = this.options.silent ? silence : openProgress(this.call.terminal, hint);
    try {
      const end = await this.follow(connection, progress);
      progress.end({ keep: end.stuck || this.call.globals.output !== 'table' });
      return await this.conclude(connection, end);
    } catch (error) {
      progress.end({ keep: true });
      if (!this.stop.signal.aborted) throw error;
      return this.stopped();
    } finally {
      clearTimeout(timer);
      keyboard?.close();
    }
  }

  /** Keys count where a screen is drawn. @returns null where none is, or there is no keyboard */
  private listen(): Keys | null {
    if (this.options.silent || this.call.terminal.screen === null) return null;
    return Keys.open(process.stdin, {
      onCtrlC: () => process.kill(process.pid, 'SIGINT'),
      onKey: (key) => {
        if (!isKey(key)) return;
        this.asked ??= { wish: keys[key], workflow: this.workflow };
        this.stop.abort(new Interrupted('ask'));
      },
    });
  }

  /** What may end the watch before the workflow ends. */
  private arm(connection: Connection, interrupts: Interrupts): NodeJS.Timeout | undefined {
    void interrupts.next().then((by) => this.stop.abort(new Interrupted(by)));
    void connection.stack?.lost.then(() =>
      this.stop.abort(new CliFault(exitCodes.noServer, ['the stack on this machine has stopped'])),
    );
    const { timeoutSec } = this.options;
    if (timeoutSec === undefined) return undefined;
    const late = new CliFault(exitCodes.timedOut, [
      `${this.selector} has not ended within ${timeoutSec} s; it goes on`,
    ]);
    return setTimeout(() => this.stop.abort(late), timeoutSec * 1_000);
  }

  /** `last` is looked up once: what is watched stays the same when another workflow comes. */
  private async follow(connection: Connection, progress: Progress): Promise<{ view: WorkflowView; stuck: boolean }> {
    const { signal } = this.stop;
    const first = await connection.client.workflow(this.selector, { signal });
    this.workflow = first.workflow.id;
    return followToEnd(connection.client, first.workflow.id, {
      progress,
      signal,
      // A stack that this verb started has no workers: what cannot run now never will.
      endWhenStuck: connection.stack?.started === true,
      onView: (view) => this.print(view),
    });
  }

  /** With -o ndjson every change is a line. */
  private async print(view: WorkflowView): Promise<void> {
    if (this.options.silent || this.call.globals.output !== 'ndjson') return;
    const text = JSON.stringify(view);
    if (text === this.printed) return;
    this.printed = text;
    await this.call.terminal.out.line(text);
    await this.call.terminal.out.flush();
  }

  private async conclude(connection: Connection, end: { view: WorkflowView; stuck: boolean }): Promise<ExitCode> {
    const { terminal, globals } = this.call;
    const { workflow } = end.view;
    if (this.options.silent && globals.output === 'table') await terminal.out.line(`${workflow.id} ${workflow.state}`);
    else if (this.options.silent || globals.output !== 'ndjson') {
      await printWorkflow(this.call, end.view, { client: connection.client, errors: true });
    }
    await terminal.out.flush();
    if (!end.stuck) return exitCodeOf(workflow.state);
    if (this.options.silent) for (const line of gapLines(end.view.gaps, 5)) terminal.note(line);
    terminal.note('no worker is up here: `sluice up` starts some, and the workflow goes on');
    return exitCodes.failed;
  }

  private stopped(): ExitCode {
    const reason: unknown = this.stop.signal.reason;
    if (!(reason instanceof Interrupted)) throw reason;
    this.call.terminal.note(`left: ${this.workflow} goes on`);
    return exitCodes.interrupted;
  }
}

const isKey = (key: string): key is keyof typeof keys => Object.hasOwn(keys, key);

const silence: Progress = { show: () => undefined, end: () => undefined };
