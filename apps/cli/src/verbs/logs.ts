import { join } from 'node:path';
import type { SluiceClient } from '#client';
import type { AttemptView, JobAttempts } from '#contracts';
import { connectToRead } from '../connect.js';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { attemptFolder, linesOf, logLines, openLog } from '../logs/log-lines.js';
import { printList } from '../print-list.js';
import { attemptLines, fullLogLine, placeLine, sentence } from '../render/attempt-lines.js';
import { counted } from '../render/numbers.js';
import { printable } from '../render/printable.js';

export interface LogsOptions {
  attempt?: number;
  stderr?: true;
  stdout?: true;
  lines?: number;
  all?: true;
  full?: true;
}

const linesUsual = 10;

/** Tells what became of each attempt of a job, and what the last one, or the one asked for, wrote. */
export async function logs(
  call: Call,
  asked: { selector: string; job: string },
  options: LogsOptions,
): Promise<ExitCode> {
  checkOptions(call, options);
  const connection = await connectToRead(call);
  try {
    const found = await connection.client.attempts(asked.selector, asked.job);
    const attempt = chosenAttempt(found, options);
    if (options.full) await printFull(call, connection.client, { ...asked, attempt }, options);
    else if (call.globals.output !== 'table') await printAttempts(call, found);
    else await new LogPrinter(call, options, connection.stack !== null).print(found, attempt);
    await call.terminal.out.flush();
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}

function checkOptions({ globals }: Call, { stderr, stdout, all, full, lines }: LogsOptions): void {
  const fault = (text: string): CliFault => new CliFault(exitCodes.usage, [text]);
  if (stderr && stdout) throw fault('--stderr and --stdout: one file at a time');
  if (all && lines !== undefined) throw fault('--all and --lines: one of them');
  if (full && (all ?? lines) !== undefined) throw fault('--full is every line there is: leave out --all and --lines');
  if ((stderr ?? stdout ?? all ?? full) && globals.output !== 'table')
    throw fault('what a job wrote is text: leave out -o');
}

function chosenAttempt({ attempts }: JobAttempts, { attempt }: LogsOptions): AttemptView | null {
  if (attempt === undefined) return attempts.at(-1) ?? null;
  const found = attempts.find((each) => each.attempt === attempt);
  if (found) return found;
  throw new CliFault(exitCodes.notFound, [`it has no attempt ${attempt}`]);
}

async function printAttempts(call: Call, found: JobAttempts): Promise<void> {
  const { output } = call.globals;
  if (output === 'json' || output === 'table') return call.terminal.out.line(JSON.stringify(found, null, 2));
  const cellsOf = (attempt: AttemptView) => columns.map((column) => attempt[column]);
  const shape = { format: output, head: columns, cellsOf, idOf: ({ attempt }: AttemptView) => String(attempt) };
  await printList(call, shape, each(found.attempts), Infinity);
}

const columns = [
  ...(['attempt', 'runNo', 'outcome', 'reason', 'exitCode', 'signal', 'site', 'worker', 'leasedAt'] as const),
  ...(['startedAt', 'endedAt', 'settledAt', 'cpuSec', 'peakMemoryMib', 'fingerprint', 'folder', 'message'] as const),
  'uncharged' as const,
];

/** What the file store has of an attempt, as it comes; only that goes to stdout. @throws ProblemError where it has nothing */
async function printFull(
  { terminal }: Call,
  client: SluiceClient,
  { selector, job, attempt }: { selector: string; job: string; attempt: AttemptView | null },
  { stdout }: LogsOptions,
): Promise<void> {
  if (!attempt) throw new CliFault(exitCodes.notFound, ['it was never tried']);
  const stream = stdout ? 'stdout' : 'stderr';
  const pieces = client.attemptLog({ selector, job, attempt: attempt.attempt }, stream);
  for await (const line of linesOf(pieces)) await terminal.out.line(printable(line));
}

class LogPrinter {
  constructor(
    private readonly call: Call,
    private readonly options: LogsOptions,
    /** The workers may be on this machine: their folders are looked for here. */
    private readonly here: boolean,
  ) {}

  /** With --stderr, --stdout or --all only what the job wrote goes to stdout: it may go into a file. */
  async print(found: JobAttempts, attempt: AttemptView | null): Promise<void> {
    const { out, note } = this.call.terminal;
    const { stderr, stdout, all } = this.options;
    const onlyLog = stderr ?? stdout ?? all ?? false;
    if (!onlyLog) await out.lines(attemptLines(found));
    if (!attempt) return onlyLog ? note(`${sentence(found)}: it was never tried`) : undefined;
    const folder = this.here && attempt.folder ? await attemptFolder(attempt.folder) : null;
    if (!onlyLog) await out.line(`attempt ${attempt.attempt}, the end of what it wrote:`);
    const from = await this.printWritten(attempt, folder, onlyLog ? '' : '  | ');
    if (onlyLog) return note(from);
    await out.lines([
      from,
      ...(from === nothingWritten ? messageLines(attempt, linesUsual).map((line) => `its worker says: ${line}`) : []),
      ...placeLine(attempt, folder),
      ...fullLogLine(attempt),
    ]);
  }

  /** @returns where that came from, in a line for people */
  private async printWritten(attempt: AttemptView, folder: string | null, indent: string): Promise<string> {
    const { out } = this.call.terminal;
    const { stdout, all, lines = linesUsual } = this.options;
    const last = all ? Infinity : lines;
    const name = stdout ? 'stdout' : 'stderr';
    const file = folder === null ? null : await openLog(join(folder, name));
    if (file) {
      try {
        let printed = 0;
        for await (const line of logLines(file, { last })) {
          await out.line(indent + printable(line));
          printed += 1;
        }
        const size = counted(file.bytes, 'byte');
        if (file.bytes === 0 && !stdout && attempt.message) return nothingWritten;
        return printed < last
          ? `that is all of ${name}, ${size}`
          : `the last ${counted(printed, 'line')} of ${name}, ${size}; --all for every one`;
      } finally {
        await file.handle.close();
      }
    }
    if (stdout) return 'its stdout is not on this machine';
    await out.lines(messageLines(attempt, Math.min(last, 4_000)).map((line) => indent + line));
    return attempt.message ? 'as it was reported: at most its last 4 000 characters' : 'nothing was reported of it';
  }
}

/** Followed by what its worker said of its end. */
const nothingWritten = 'it wrote nothing to stderr';

const messageLines = ({ message }: AttemptView, linesMax: number): string[] =>
  message ? message.trimEnd().split('\n').slice(-linesMax).map(printable) : [];

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* await Promise.resolve(items);
}
