import type { PauseAnswer } from '#contracts';
import { callerName } from '../caller.js';
import { chosenOpenJobs } from '../chosen-jobs.js';
import { hasCondition, isAboutJobs } from '../commands/job-filter-options.js';
import { checkJobQuery } from '../check-query.js';
import { connectToRead, noteNoWorkers } from '../connect.js';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { aboutPause, narrowed, type PauseOptions } from '../pause-answer.js';
import { orderAll, resumedJobsText } from '../pause-chosen.js';
import { jobsText, printOrder } from '../print-order.js';
import { counted } from '../render/numbers.js';
import { printable } from '../render/printable.js';

export interface ResumeOptions extends PauseOptions {
  all: boolean;
}

/** Lets what is paused go on: a workflow, labels, or jobs. Safe to repeat. */
export async function resume(call: Call, selector: string, options: ResumeOptions): Promise<ExitCode> {
  const { dryRun, label: labels, all } = options;
  if (all && hasCondition(options))
    throw new CliFault(exitCodes.usage, ['--all takes back every pause: it stands alone']);
  const by = callerName();
  checkJobQuery(options.query);
  const connection = await connectToRead(call);
  const { client } = connection;
  try {
    if (isAboutJobs(options)) {
      const conditions = await chosenOpenJobs(client, selector, options);
      const answer = await orderAll(selector, { dryRun }, (of) => client.resume(of, { ...conditions, dryRun, by }));
      await printOrder(call, narrowed(answer), { sentences: [resumedJobsText(answer)], dryRun });
    } else {
      const answer = await client.resume(selector, { dryRun, labels, all, by });
      await printOrder(call, narrowed(answer), {
        sentences: [all ? allSentenceOf(answer) : sentenceOf(answer)],
        dryRun,
      });
    }
    await call.terminal.out.flush();
    if (!dryRun) noteNoWorkers(call, connection);
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}

function allSentenceOf({ workflow, changed, dryRun, counts: { ready, waiting } }: PauseAnswer): string {
  if (!changed) return `nothing of ${workflow} is paused: nothing to give back`;
  const free = jobsText([
    [ready, 'ready'],
    [waiting, 'waiting'],
  ]);
  return `${dryRun ? 'would resume' : 'resumed'} all of ${workflow}: no pause holds its ${free}`;
}

function sentenceOf(answer: PauseAnswer): string {
  const { changed, dryRun, state, labels, workflow } = answer;
  const { who, isMany, counts } = aboutPause(answer);
  if (!changed) return `${who} ${isMany ? 'are' : 'is'} not paused: nothing to give back${stillPaused(answer)}`;
  const given = jobsText([
    [counts.ready, 'ready'],
    [counts.waiting, 'waiting'],
  ]);
  const done = `${dryRun ? 'would resume' : 'resumed'} ${who}: `;
  if (labels !== null && state === 'paused') return `${done}${given} wait still, since ${workflow} is paused`;
  return `${done}gives back ${given}${stillPaused(answer)}`;
}

/** Labels and jobs that were paused by themselves stay so when their workflow goes on. */
function stillPaused({ labels, tasks, pausedJobs, workflow }: PauseAnswer): string {
  const paused = labels === null ? tasks.filter((task) => task.paused).map(({ label }) => printable(label)) : [];
  const jobs = pausedJobs === 0 ? '' : `; ${counted(pausedJobs, 'job')} still paused: sluice resume ${workflow} --all`;
  return `${paused.length === 0 ? '' : `; still paused: ${paused.join(', ')}`}${jobs}`;
}
