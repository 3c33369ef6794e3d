import type { SluiceClient } from '#client';
import type { InvariantVerdict } from '#contracts';
import { connectToRead } from '../connect.js';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printList } from '../print-list.js';
import { verifyEnd, verifyLines } from '../render/verify-text.js';
import { deadLettersText } from '../render/workflow-text.js';

/**
 * Checks the books of a workflow, or of everything. Exits 0 when every invariant that can be checked here holds, 1 when
 * one is broken, 6 when one could not be judged in time.
 */
export async function verify(call: Call, selector: string | null): Promise<ExitCode> {
  const connection = await connectToRead(call);
  try {
    const seen: InvariantVerdict[] = [];
    const verdicts = noted(connection.client.verify(selector), seen);
    const format = call.globals.output;
    if (format === 'table') await printTable(call, verdicts, seen);
    else await printList(call, { format, ...shape }, verdicts, Infinity);
    await call.terminal.out.flush();
    if (format === 'table' && selector === null) await noteLetters(call, connection.client);
    return exitCodeFor(seen);
  } finally {
    await connection.release();
  }
}

async function printTable(
  { terminal: { out } }: Call,
  verdicts: AsyncIterable<InvariantVerdict>,
  seen: InvariantVerdict[],
): Promise<void> {
  for await (const verdict of verdicts) {
    await out.lines(verifyLines(verdict));
    await out.flush();
  }
  await out.lines(verifyEnd(seen));
}

/** What was set aside breaks no invariant, and waits for somebody. */
async function noteLetters({ terminal: { note } }: Call, client: SluiceClient): Promise<void> {
  const { total, oldestAt } = await client.deadLetters.page(1);
  if (oldestAt !== null) note(deadLettersText({ total, oldestAt }, Date.now()));
}

/** An answer that ends early was cut: what is missing may be broken. */
function exitCodeFor(seen: readonly InvariantVerdict[]): ExitCode {
  const is = (word: InvariantVerdict['verdict']): boolean => seen.some(({ verdict }) => verdict === word);
  if (seen.length === 0) throw new CliFault(exitCodes.noServer, ['the server checked nothing']);
  if (is('broken')) return exitCodes.failed;
  return is('unknown') ? exitCodes.timedOut : exitCodes.ok;
}

async function* noted<T>(items: AsyncIterable<T>, seen: T[]): AsyncGenerator<T> {
  for await (const item of items) {
    seen.push(item);
    yield item;
  }
}

const shape = {
  head: ['invariant', 'says', 'verdict', 'broken', 'first', 'left'],
  idOf: ({ invariant }: InvariantVerdict) => invariant,
  cellsOf: ({ invariant, says, verdict, broken, rows, left }: InvariantVerdict) => {
    const [first] = rows;
    const named = first && [first.workflow, first.ordinal, first.name, first.wrong].filter((part) => part !== null);
    return [invariant, says, verdict, broken, named?.join(' ') ?? '', left ?? ''];
  },
};
