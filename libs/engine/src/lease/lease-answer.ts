import type { LeaseAskMessage, LeaseRequest } from '#contracts';
import type { GrantedJob } from '../ports/lease-store.js';
import type { SessionNews } from './session-news.js';

export type LeaseAsk = LeaseAskMessage['asks'][number];
type Request = Pick<LeaseRequest, 'requestId'>;

/** An answer to one request: status 200 and a LeaseAnswer, or 404 when the session is over. */
export interface DeskAnswer {
  gateway: string;
  session: string;
  requestId: string;
  status: number;
  body: string;
}

/** A LeaseAnswer as text: the specs of jobs are JSON already and go in as they are. */
export function answerText(ask: Request, jobs: GrantedJob[], tasks: Map<string, string>): string {
  const positions = new Map<string, number>();
  const lines = jobs.map((job) => {
    const key = `${job.workflowNo}:${job.task}`;
    const task = positions.get(key) ?? positions.size;
    positions.set(key, task);
    const own = job.spec ? `,${job.spec.slice(1)}` : '}';
    return `{"task":${task},"ordinal":${job.ordinal},"attempt":${job.attempt},"name":${JSON.stringify(job.name)}${own}`;
  });
  const lease = JSON.stringify({ id: jobs[0]?.leaseId, token: jobs[0]?.token });
  const taskTexts = [...positions.keys()].map((key) => tasks.get(key) ?? '{}').join();
  return `{"requestId":${JSON.stringify(ask.requestId)},"lease":${lease},"tasks":[${taskTexts}],"jobs":[${lines.join()}]}`;
}

/** A LeaseAnswer without jobs. */
export const emptyAnswer = ({ requestId }: Request): string =>
  JSON.stringify({ requestId, lease: null, tasks: [], jobs: [] });

/** A LeaseAnswer without jobs that says something else. */
export const newsAnswer = ({ requestId }: Request, news: SessionNews): string =>
  JSON.stringify({ requestId, lease: null, tasks: [], jobs: [], ...news });

/** The problem that a session gets which is over. */
export const sessionOver = JSON.stringify({
  type: 'https://sluice.dev/problems/worker/session-over',
  title: 'The session is over',
  status: 404,
  code: 'worker/session-over',
  remedy: 'Register again.',
});
