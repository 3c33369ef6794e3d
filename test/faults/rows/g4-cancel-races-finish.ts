import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError, type SluiceClient } from '#client';
import { BareSession } from '../bare-session.js';
import type { FaultRow } from '../fault-row.js';
import type { Acked } from '../load.js';
import { plainDocument } from '../trial-document.js';
import type { Trial } from '../trial.js';

const workflows = 4;
const jobsOfOne = 2_500;
const sessions = 16;
/** Either call of a pair comes up to so much later than it is due. */
const jitterMs = 5;
/** Pairs between two beats: some seconds. */
const pairsOfBeat = 100;
/** Polls of 5 s in a row that a busy broker may leave unanswered. */
const emptyMax = 12;

export const g4: FaultRow = {
  id: 'G4',
  title: `${workflows * jobsOfOne} jobs are cancelled one by one just as their end is reported`,
  inCi: false,
  run,
};

/** Of a job: whether its worker was told that its end counts. */
type Told = Map<string, boolean>;

/** How long before the end the cancel is sent, so that both are there at the same time: who wins loses 1 ms of it. */
class HeadStart {
  ms = 0;

  won(cancel: boolean): void {
    this.ms = Math.max(0, this.ms + (cancel ? -1 : 1));
  }
}

async function run(trial: Trial): Promise<void> {
  await trial.start({ transformers: 2 });
  const noop = { transform: 'noop', resources: { cores: 1, memoryMib: 1 } };
  const client = trial.stack.client();
  await trial.stack.explained(async () => {
    const all: Acked[] = [];
    for (let no = 0; no < workflows; no += 1)
      all.push(await trial.load.submit(plainDocument(`raced-${no}`, jobsOfOne, noop)));
    for (const acked of all) acked.cancelled = true; // which of the two came first is not known before
    const told: Told = new Map();
    const headStart = new HeadStart();
    const racers = await Promise.all(
      Array.from({ length: sessions }, (_, no) => BareSession.register(trial.stack, `racer-${no}`)),
    );
    await Promise.all(racers.map((racer) => race(trial, { racer, client, told, headStart })));
    await client.close();
    await trial.drain();
    await eachSideIsRight(trial, told);
  });
}

interface Race {
  racer: BareSession;
  client: SluiceClient;
  told: Told;
  headStart: HeadStart;
}

/** Takes job after job, and lets its end and its cancel race, until all were raced or long none came. */
async function race({ random }: Trial, { racer, client, told, headStart }: Race): Promise<void> {
  for (let empty = 0, pairs = 0; told.size < workflows * jobsOfOne && empty < emptyMax; pairs += 1) {
    if (pairs % pairsOfBeat === 0) await racer.beat();
    const answer = await racer.lease();
    const [job] = answer.jobs;
    const [task] = answer.tasks;
    if (!job || !task) {
      empty += 1;
      continue;
    }
    empty = 0;
    const [ended] = await Promise.all([
      sleep(headStart.ms + random.below(jitterMs)).then(() => racer.finish(answer)),
      sleep(random.below(jitterMs)).then(() => cancelOne(client, task.workflow, job.name)),
    ]);
    const counts = ended !== null && ended.stale.length === 0;
    headStart.won(!counts);
    told.set(`${task.workflowNo}:${job.ordinal}`, counts);
  }
  await racer.end();
}

/** The last one of a workflow may have ended it. */
async function cancelOne(client: SluiceClient, workflow: string, job: string): Promise<void> {
  try {
    await client.cancel(workflow, { jobs: [job] });
  } catch (fault) {
    if (!(fault instanceof ProblemError) || fault.code !== 'workflow/ended') throw fault;
  }
}

/** A job has finished just where its worker was told that its end counts, and is cancelled where it was told otherwise. */
async function eachSideIsRight({ stack, figures }: Trial, told: Told): Promise<void> {
  const rows = await stack.rows<{ job: string; finished: boolean; cancelled: boolean }>(
    "select workflow_id || ':' || ordinal as job, state = 3 as finished, state = 4 and reason = 4 as cancelled from job_state",
  );
  const finished = rows.filter((row) => row.finished);
  const cancelled = rows.filter((row) => row.cancelled);
  figures.set('finished', finished.length);
  figures.set('cancelled', cancelled.length);
  figures.set('raced', told.size);
  const wrong = rows.filter((row) => row.finished === row.cancelled || (told.get(row.job) ?? false) !== row.finished);
  if (wrong.length > 0) throw new Error(`ended otherwise than told: ${JSON.stringify(wrong.slice(0, 5))}`);
  if (finished.length === 0 || cancelled.length === 0) throw new Error('one side always won: no race');
}
