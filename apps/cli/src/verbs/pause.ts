import type { PauseAnswer } from '#contracts';
import { callerName } from '../caller.js';
import { chosenOpenJobs } from '../chosen-jobs.js';
import { isAboutJobs } from '../commands/job-filter-options.js';
import { checkJobQuery } from '../check-query.js';
import { connectToRead } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { aboutPause, narrowed, type PauseOptions } from '../pause-answer.js';
import { orderAll, pausedJobsText } from '../pause-chosen.js';
import { jobsText, printOrder } from '../print-order.js';

/** Leases nothing more of a workflow, of labels or of jobs once this has returned; what workers have goes on. Safe to repeat. */
export async function pause(call: Call, selector: string, options: PauseOptions): Promise<ExitCode> {
  const { dryRun, label: labels } = options;
  const by = callerName();
  checkJobQuery(options.query);
  const connection = await connectToRead(call);
  const { client } = connection;
  try {
    if (isAboutJobs(options)) {
      const conditions = await chosenOpenJobs(client, selector, options);
      const answer = await orderAll(selector, { dryRun }, (of) => client.pause(of, { ...conditions, dryRun, by }));
      await printOrder(call, narrowed(answer), { sentences: pausedJobsText(answer), dryRun });
    } else {
      const answer = await client.pause(selector, { dryRun, labels, by });
      await printOrder(call, narrowed(answer), { sentences: sentencesOf(answer), dryRun });
    }
    await call.terminal.out.flush();
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}

function sentencesOf(answer: PauseAnswer): string[] {
  const { workflow, changed, dryRun, pausedAt, labels } = answer;
  const { who, isMany, counts, options } = aboutPause(answer);
  const held = jobsText([
    [counts.ready, 'ready'],
    [counts.waiting, 'waiting'],
  ]);
  const running = counts.leased === 0 ? 'nothing runs' : `${runningText(counts.leased)} on`;
  const since = labels === null ? `, since ${pausedAt ?? 'just now'}` : '';
  if (!changed) return [`${who} ${isMany ? 'are' : 'is'} paused already${since}: ${held} held; ${running}`];
  return [
    `${dryRun ? 'would pause' : 'paused'} ${who}: holds ${held}; ${running}`,
    ...(dryRun ? [] : [`        let it go on: sluice resume ${workflow}${options}`]),
  ];
}

const runningText = (leased: number): string => `${jobsText([[leased, 'running']])} ${leased === 1 ? 'goes' : 'go'}`;
