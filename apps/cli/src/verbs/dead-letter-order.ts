import type { DeadLetterCalls } from '#client';
import type { DeadLettersAnswer } from '#contracts';
import type { DryRunOption } from '../commands/dry-run.js';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { onDeadLetters } from '../on-dead-letters.js';
import { printAnswer } from '../print-answer.js';
import { dryRunNote } from '../print-order.js';
import { counted } from '../render/numbers.js';

export interface LettersOptions extends DryRunOption {
  all: boolean;
}

type Verb = 'requeue' | 'drop';

const idsShownMax = 10;

/** Puts letters back into their streams, or forgets them. Safe to repeat. */
export function letterOrder(
  call: Call,
  { verb, ids, options: { all, dryRun } }: { verb: Verb; ids: readonly string[]; options: LettersOptions },
): Promise<ExitCode> {
  if (all === ids.length > 0) throw new CliFault(exitCodes.usage, ['name letters by their ids, or give --all']);
  return onDeadLetters(call, async (letters) => {
    const answer = await letters[verb](all ? await everyId(letters) : ids, { dryRun });
    const isMissing = !all && answer.unknown.length > 0; // what --all found may have been handled meanwhile
    const rows = answer.done.map((id) => [id, verb]);
    await printAnswer(call, answer, { lines: linesOf(answer, verb), ids: answer.done, head: ['id', 'done'], rows });
    if (isMissing) call.terminal.note(`no dead letter ${listed(answer.unknown)}`);
    return isMissing ? exitCodes.notFound : exitCodes.ok;
  });
}

async function everyId(letters: DeadLetterCalls): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of letters.all()) ids.push(id);
  return ids;
}

function linesOf({ done, dryRun }: DeadLettersAnswer, verb: Verb): string[] {
  const did = { requeue: dryRun ? 'would requeue' : 'requeued', drop: dryRun ? 'would drop' : 'dropped' }[verb];
  const what = done.length === 0 ? 'no letter' : `${counted(done.length, 'letter')}: ${listed(done)}`;
  if (dryRun) return [`${did} ${what}`, dryRunNote];
  const then =
    verb === 'requeue' && done.length > 0 ? ["what can't be applied comes back: sluice admin dead-letters"] : [];
  return [`${did} ${what}`, ...then];
}

function listed(ids: readonly string[]): string {
  const shown = ids.slice(0, idsShownMax).join(', ');
  return ids.length > idsShownMax ? `${shown} and ${ids.length - idsShownMax} more` : shown;
}
