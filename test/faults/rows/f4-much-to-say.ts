import { connectNats } from '#adapter-nats';
import { messageCharsMax, subjects, terminalBatchBytesMax, type TerminalBatch } from '#contracts';
import { BareSession } from '../bare-session.js';
import { everyEventTold, noDeadLetters } from '../expectations.js';
import type { FaultRow } from '../fault-row.js';
import { plainDocument } from '../trial-document.js';
import type { Trial } from '../trial.js';

const wordyJobs = 160;
const cancelledJobs = 30_000;
/** What a message may have besides its batches. */
const envelopeBytes = 4_096;

export const f4: FaultRow = {
  id: 'F4',
  title: 'ends with all that they may say, reports that are too large, and an order that ends very many jobs',
  inCi: false,
  run,
};

async function run(trial: Trial): Promise<void> {
  await trial.start();
  await trial.stack.explained(async () => {
    const listener = await connectNats({ natsUrl: trial.stack.nats.url, name: 'listener' });
    trial.onEnd(() => listener.close());
    let largest = 0;
    for (const subject of [subjects.terminalAll, subjects.eventAll])
      listener.subscribe(subject, { callback: (_, { data }) => void (largest = Math.max(largest, data.length)) });
    await listener.flush();
    await trial.load.cancel(await trial.load.submit(plainDocument('many', cancelledJobs, 'quick')));
    await tooLarge(trial);
    await wordy(trial);
    await trial.drain();
    trial.figures.set('largest message KiB', largest / 1024);
    if (largest > terminalBatchBytesMax + envelopeBytes) throw new Error(`a message has ${largest} bytes`);
    await noDeadLetters(trial);
    await everyEventTold(trial);
  });
}

/** Who breaks the rules is refused, and what is said within them counts all the same. */
async function tooLarge({ stack, load }: Trial): Promise<void> {
  const { id } = await load.submit(plainDocument('one', 1, 'quick'));
  const session = await BareSession.register(stack, 'talker');
  const answer = await session.lease();
  const said =
    (message: string, times: number) =>
    (batch: TerminalBatch): TerminalBatch => ({
      ...batch,
      events: Array.from({ length: times }, () => batch.events.map((event) => ({ ...event, message }))).flat(),
    });
  const refused = {
    batch: await session.breakRules(answer, said('x'.repeat(messageCharsMax), 600)),
    events: await session.breakRules(answer, said('', 2_000)),
    event: await session.breakRules(answer, said('x'.repeat(messageCharsMax + 1), 1)),
  };
  if (refused.batch !== 413 || refused.events < 400 || refused.event < 400)
    throw new Error(`not refused as it should be: ${JSON.stringify(refused)}`);
  await session.finish(answer);
  await session.end();
  if ((await stack.finished(id)) !== 1) throw new Error('after refusals an end did not count');
}

/** Together the ends are much more than one message may hold. */
async function wordy(trial: Trial): Promise<void> {
  const argv = ['sh', '-c', `head -c ${messageCharsMax * 3} /dev/zero | sed 's/\\x00/\\xe2\\x82\\xac/g' >&2; exit 3`];
  const template = { command: { argv }, resources: { cores: 1, memoryMib: 1 } };
  const document = plainDocument('wordy', wordyJobs, template);
  const { id } = await trial.load.submit({ ...document, outcomes: document.jobs.map(() => 'failed') });
  await trial.startWorker('one');
  await trial.drain();
  const [row] = await trial.stack.rows<{ told: number }>(
    `select count(*)::int as told from attempt a join workflow w on w.id = a.workflow_id
      where w.public_id = $1 and a.exit_code = 3 and octet_length(a.message) > $2`,
    [id, messageCharsMax * 2],
  );
  if (row?.told !== wordyJobs) throw new Error(`of ${wordyJobs} ends ${row?.told ?? 0} are told whole`);
}
