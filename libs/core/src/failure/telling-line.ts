import type { ReasonWord } from '../codes.js';

/** Of a message's lines, so many of the last are looked at. */
const linesMax = 60;
/** Of one line, so many characters of the first are looked at. */
const lineCharsMax = 1_000;

/** Words that programs say when something went wrong. */
const faultWord =
  /error|exception|fatal|critical|traceback|panic|abort|assert|fail|denied|refused|cannot|can't|could not|unable|invalid|not found|no such|missing|killed|terminated|out of memory|no space|timed? ?out|segmentation|core dumped|undefined|unknown|unexpected/i;
/** Lines that only say where: frames of stack traces, and the pointers to what is meant below a quoted line. */
const frame =
  /^\s*(?:at\s|File "|\.\.\. \d+ more|[\^~\s]+$|#\d+\s|note: run with |During handling of|The above exception)/;
/** Colours and other orders to a terminal. */
const escapes = /\u001b(?:\[[0-?]{0,16}[ -/]{0,4}[@-~]|[@-_])/g;

/** Reasons whose message is ours in its first line; what the program wrote last follows it. */
const oursFirst: readonly ReasonWord[] = ['timeout', 'memory', 'cancelled', 'lost', 'evicted', 'site'];

/**
 * The one line of a failed attempt's message that says most. Where we ended the attempt it is the first, which is ours.
 * Else it is the last that has a word of failure in it and is no frame of a stack trace; else the last one.
 * @returns at most 1,000 characters, without terminal escapes; '' for no message.
 */
export function tellingLine(message: string | null, reason: ReasonWord): string {
  if (message === null) return '';
  const lines = lastLines(message).filter((line) => line.trim() !== '');
  if (oursFirst.includes(reason)) return lines[0] ?? '';
  const says = lines.filter((line) => !frame.test(line));
  return says.findLast((line) => faultWord.test(line)) ?? says.at(-1) ?? lines.at(-1) ?? '';
}

const lastLines = (message: string): string[] =>
  message
    .split(/[\r\n]/)
    .slice(-linesMax)
    .map((line) => line.slice(0, lineCharsMax).replace(escapes, '').trimEnd());
