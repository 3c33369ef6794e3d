import { setTimeout as sleep } from 'node:timers/promises';
import type { Trial } from '../trial.js';
import type { FaultRow } from '../fault-row.js';
import { noDeadLetters } from '../expectations.js';
import { MessageTap, type Tapped } from './message-tap.js';
import { allHandled } from './nats-streams.js';

export interface Tampering {
  id: string;
  title: string;
  inCi?: boolean;
  /** What is sent besides each message, as it passes. */
  besides?: (trial: Trial, tap: MessageTap, message: Tapped) => void;
  /** What is sent when all is quiet. */
  afterwards?: (trial: Trial, tap: MessageTap) => void;
  /** When all is quiet again. Default: no message was set aside. */
  expected?: (trial: Trial, tap: MessageTap) => Promise<void>;
}

/** Longer than what is sent besides is late. */
const latestMs = 1_500;

/** A row in which messages are sent into stream TERMINAL that no worker sent so: they change nothing. */
export function tapRow(tampering: Tampering): FaultRow {
  const { id, title, inCi = false } = tampering;
  return { id, title, inCi, run: (trial) => tamper(trial, tampering) };
}

async function tamper(trial: Trial, { besides, afterwards, expected = noDeadLetters }: Tampering): Promise<void> {
  await trial.start();
  for (const name of ['one', 'two']) await trial.startWorker(name);
  await trial.stack.explained(async () => {
    const tap = await MessageTap.open(trial);
    tap.onMessage = (message) => besides?.(trial, tap, message);
    await trial.load.run();
    await trial.drain();
    await sleep(latestMs);
    await allHandled(trial);
    const books = await booksOf(trial);
    afterwards?.(trial, tap);
    await tap.close();
    await allHandled(trial);
    if ((await booksOf(trial)) !== books) throw new Error('messages that came when all was over changed the books');
    if (tap.sent === 0) throw new Error('nothing was sent besides: the row tried nothing');
    trial.figures.set('messages sent besides', tap.sent);
    await expected(trial, tap);
  });
}

/** All that a message could change, as one value. */
async function booksOf({ stack }: Trial): Promise<string> {
  const [row] = await stack.rows<{ books: string }>(
    `select md5(concat(
      (select string_agg(concat_ws(',', workflow_id, ordinal, run_no, state, reason, attempt), ';'
        order by workflow_id, ordinal) from job_state),
      (select string_agg(concat_ws(',', workflow_id, ordinal, attempt, outcome, reason, exit_code), ';'
        order by workflow_id, ordinal, attempt) from attempt),
      (select count(*) from outbox))) as books`,
  );
  return row?.books ?? '';
}
