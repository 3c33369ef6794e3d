import type { DeadLetterCalls } from '#client';
import type { DeadLetterView } from '#contracts';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { onDeadLetters } from '../on-dead-letters.js';
import { printAnswer } from '../print-answer.js';
import { printList } from '../print-list.js';
import type { Cell } from '../render/csv.js';
import { letterLines, letterTable } from '../render/dead-letter-text.js';
import { counted } from '../render/numbers.js';

export interface LetterLsOptions {
  limit?: number;
}

const tableRowsMax = 20;

const head = [
  ...['id', 'at', 'firstAt', 'times', 'requeuedAt', 'stream', 'partition', 'reason', 'bytes', 'batchId'],
  ...['session', 'worker', 'site', 'jobs'],
] as const;
const cellsOf = (letter: DeadLetterView): Cell[] => [
  ...head.map((column): Cell => letter[column as 'id']),
  letter.workflows.join(' '),
];
const csvHead = [...head, 'workflows'];

/** Lists dead letters, oldest first. */
export function letterLs(call: Call, { limit }: LetterLsOptions): Promise<ExitCode> {
  return onDeadLetters(call, async (letters) => {
    const format = call.globals.output;
    if (format === 'table') await printTable(call, letters, limit ?? tableRowsMax);
    else {
      const shape = { format, head: csvHead, cellsOf, idOf: ({ id }: DeadLetterView) => id };
      await printList(call, shape, letters.all(), limit ?? Infinity);
    }
    return exitCodes.ok;
  });
}

async function printTable({ terminal: { out, note } }: Call, letters: DeadLetterCalls, rowsMax: number): Promise<void> {
  const { letters: shown, total } = await letters.page(Math.min(rowsMax, 1_000));
  if (total === 0) return note('no message was set aside');
  await out.lines(letterTable(shown));
  if (total > shown.length) note(`... and ${counted(total - shown.length, 'letter')} more: -o ndjson has all`);
}

/** All of one letter. */
export function letterShow(call: Call, id: string): Promise<ExitCode> {
  return onDeadLetters(call, async (letters) => {
    const letter = await letters.show(id);
    await printAnswer(call, letter, {
      ...{ lines: letterLines(letter), ids: [id] },
      ...{ head: [...csvHead, 'body'], rows: [[...cellsOf(letter), letter.body]] },
    });
    return exitCodes.ok;
  });
}
