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

const lineEnd = /[\r\n]/;

/** Reasons whose message is ours in its first line; what the program wrote last follows it. */
const oursFirst: readonly ReasonWord[] = ['timeout', 'memory', 'cancelled', 'lost', 'evicted', 'site'];

/**
 * The one line of a failed attempt's message that says most. Where we ended the attempt it is the first, which is ours.
 * Else it is the last that has a word of failure in it and is no frame of a stack trace; else the last one.
 * @returns at most 1,000 characters, without terminal escapes; '' for no message.
 */
export function tellingLine(message: string | null, reason: ReasonWord): string {
  if (message === null) return '';
  return oursFirst.includes(reason) ? firstLine(message) : lastTelling(message);
}

function firstLine(message: string): string {
  const text = message.trimStart();
  const end = text.search(lineEnd);
  return plainLine(end < 0 ? text : text.slice(0, end));
}

/** From the end on, since that is where it mostly is: a settle looks at a thousand messages. */
function lastTelling(message: string): string {
  const returns = message.includes('\r');
  let fallback = '';
  let isFrame = true;
  let end = message.length;
  for (let looked = 0; looked < linesMax && end > 0; looked += 1) {
    const start = Math.max(message.lastIndexOf('\n', end - 1), returns ? message.lastIndexOf('\r', end - 1) : -1) + 1;
    const line = plainLine(message.slice(start, end));
    end = start - 1;
    if (line === '') continue;
    if (frame.test(line)) {
      fallback ||= line;
      continue;
    }
    if (faultWord.test(line)) return line;
    if (isFrame) fallback = line;
    isFrame = false;
  }
  return fallback;
}

function plainLine(text: string): string {
  const line = text.slice(0, lineCharsMax);
  return (line.includes('\u001b') ? line.replace(escapes, '') : line).trimEnd();
}
