import { ansiPaint, plainPaint, type Paint } from '../render/paint.js';
import { Output } from './output.js';
import { Screen } from './screen.js';

/** What a verb writes to: data on stdout, progress and notes on stderr. */
export interface Terminal {
  /** Data. */
  out: Output;
  /** Lines drawn anew in place; null when stderr is no terminal. */
  screen: Screen | null;
  /** For what goes to stdout. */
  outPaint: Paint;
  /** For what goes to stderr. */
  errPaint: Paint;
  /** One line of progress or a note. */
  note: (text: string) => void;
}

/** @param options.colour false with --no-color; NO_COLOR and TERM=dumb say the same. */
export function openTerminal(options: { colour: boolean }): Terminal {
  // A stderr whose reader has gone takes nothing more, and that must not end the workflow's run.
  process.stderr.on('error', () => undefined);
  const dumb = process.env.TERM === 'dumb';
  const colour = options.colour && !process.env.NO_COLOR && !dumb;
  return {
    out: new Output(process.stdout),
    screen: process.stderr.isTTY && !dumb ? new Screen(process.stderr) : null,
    outPaint: colour && process.stdout.isTTY ? ansiPaint : plainPaint,
    errPaint: colour && process.stderr.isTTY ? ansiPaint : plainPaint,
    note: (text) => void process.stderr.write(`${text}\n`),
  };
}
