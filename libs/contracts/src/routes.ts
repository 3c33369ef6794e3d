import type { z } from 'zod';
import type { PublishedSchema } from './published-schemas.js';
import {
  AttemptQuery,
  ChunkQuery,
  DocumentQuery,
  ErrorQuery,
  EventQuery,
  JobQuery,
  WorkerQuery,
  WorkflowQuery,
} from './route-queries.js';
import { AttemptLogQuery } from './attempt-log.js';
import { LimitRemoveQuery } from './limit.js';
import { SiteRemoveQuery } from './site.js';
import { keyedOrder } from './keyed-order.js';
import { WholePageQuery } from './page-query.js';
import { archiveRoutes } from './archive-routes.js';
import { auditRoutes } from './audit-routes.js';
import { deadLetterRoutes } from './dead-letter-routes.js';
import { fileRoutes } from './file-routes.js';
import { spaceRoutes } from './space-routes.js';
import { identityRoutes } from './identity-routes.js';
import { quotaRoutes } from './quota-routes.js';
import { shareRoutes } from './share-routes.js';
import { workerRoutes } from './worker-routes.js';

/** One route of the gateway: what OpenAPI, the 405 answers and the tests of the controllers are made from. */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Parameters as `:name`. */
  path: string;
  summary: string;
  /** Whose token it asks for. */
  token: 'none' | 'stack' | 'session';
  query?: z.ZodObject;
  headers?: Readonly<Record<string, string>>;
  /** A body in lines (NDJSON) is described by the schema of one line. */
  body?: { schema: PublishedSchema; lines?: boolean; optional?: boolean };
  /** The body, or the answer, is the bytes of a file of whatever type. */
  file?: 'body' | 'answer';
  /** `type`: of an answer that is no JSON of a published schema. */
  answer: { status: number; schema: PublishedSchema | null; lines?: PublishedSchema; type?: string };
  /** Statuses of 400 and more that are this route's own; all can answer 400, 401, 403, 404, 405, 406, 413, 415, 429, 500, 503. */
  refuses: readonly number[];
}

const workflows = '/api/v1/workflows';
const sites = '/api/v1/sites';

export const routes: readonly Route[] = [
  {
    method: 'POST',
    path: workflows,
    summary: 'Opens the upload of a workflow',
    token: 'stack',
    headers: {
      ...keyedOrder,
      'Sluice-Owner': 'the user whose workflow it is, and whose share it uses; left out: operator',
    },
    body: { schema: 'DocumentHeader' },
    answer: { status: 201, schema: 'UploadOpened' },
    refuses: [422],
  },
  {
    method: 'POST',
    path: `${workflows}/submit`,
    summary:
      'Submits a document whole: up to 8 MiB and 20,000 jobs of JSON, of NDJSON (application/x-ndjson), or 256 KiB of YAML (application/yaml); gzip is allowed',
    token: 'stack',
    headers: {
      ...keyedOrder,
      'Sluice-Owner': 'the user whose workflow it is, and whose share it uses; left out: the caller',
    },
    body: { schema: 'WholeDocument' },
    answer: { status: 202, schema: 'UploadView' },
    refuses: [409, 422],
  },
  {
    method: 'PUT',
    path: `${workflows}/:id/chunks/:no`,
    summary: 'Stores a chunk of whole lines, one job a line; gzip is allowed; the same chunk again is the same answer',
    token: 'stack',
    query: ChunkQuery,
    body: { schema: 'DocumentJob', lines: true },
    answer: { status: 200, schema: 'ChunkStored' },
    refuses: [409, 422],
  },
  {
    method: 'POST',
    path: `${workflows}/:id/seal`,
    summary: 'Closes an upload: it is checked as a whole and starts',
    token: 'stack',
    headers: keyedOrder,
    body: { schema: 'SealRequest' },
    answer: { status: 202, schema: 'UploadView' },
    refuses: [409, 422],
  },
  {
    method: 'GET',
    path: `${workflows}/:id/upload`,
    summary: 'How far an upload is',
    token: 'stack',
    answer: { status: 200, schema: 'UploadView' },
    refuses: [],
  },
  {
    method: 'GET',
    path: workflows,
    summary: 'Workflows, newest first',
    token: 'stack',
    query: WorkflowQuery,
    answer: { status: 200, schema: 'WorkflowPage' },
    refuses: [],
  },
  {
    method: 'GET',
    path: `${workflows}/:selector`,
    summary: 'One workflow with its tasks; selector: id, prefix of an id, last, last~N, name, glob',
    token: 'stack',
    answer: { status: 200, schema: 'WorkflowView' },
    refuses: [],
  },
  {
    method: 'GET',
    path: `${workflows}/:selector/document`,
    summary: 'The document, streamed: line 1 its header, then one job a line in document order; gzip if accepted',
    token: 'stack',
    query: DocumentQuery,
    answer: { status: 200, schema: null, lines: 'DocumentJob' },
    refuses: [409],
  },
  {
    method: 'GET',
    path: `${workflows}/:selector/jobs`,
    summary: 'Jobs in document order; with Accept: application/x-ndjson every job, streamed',
    token: 'stack',
    query: JobQuery,
    answer: { status: 200, schema: 'JobPage', lines: 'JobView' },
    refuses: [],
  },
  {
    method: 'GET',
    path: `${workflows}/:selector/why`,
    summary: 'What keeps jobs of a workflow from running, by label and cause, and what to do about it',
    token: 'stack',
    answer: { status: 200, schema: 'WorkflowWhy' },
    refuses: [],
  },
  {
    method: 'GET',
    path: `${workflows}/:selector/jobs/:job/why`,
    summary: 'Why a job does not run, or how it ended; job: ordinal, name or label/name',
    token: 'stack',
    answer: { status: 200, schema: 'WhyView' },
    refuses: [],
  },
  {
    method: 'GET',
    path: `${workflows}/:selector/jobs/:job/attempts`,
    summary: 'Attempts of a job, newest last: how each ended, where, and the end of what it said',
    token: 'stack',
    query: AttemptQuery,
    answer: { status: 200, schema: 'JobAttempts' },
    refuses: [],
  },
  {
    method: 'GET',
    path: `${workflows}/:selector/jobs/:job/attempts/:attempt/log`,
    summary: 'All that an attempt wrote to stdout or stderr, where its worker sent it; gzip if accepted',
    token: 'stack',
    query: AttemptLogQuery,
    answer: { status: 200, schema: null, type: 'text/plain' },
    refuses: [410],
  },
  {
    method: 'GET',
    path: `${workflows}/:selector/errors`,
    summary: 'Failed jobs in groups of those that failed alike, most first',
    token: 'stack',
    query: ErrorQuery,
    answer: { status: 200, schema: 'ErrorGroups' },
    refuses: [],
  },
  {
    method: 'GET',
    path: `${workflows}/:selector/verify`,
    summary: 'Whether the books of a workflow are right: each invariant, as it is checked',
    token: 'stack',
    answer: { status: 200, schema: null, lines: 'InvariantVerdict' },
    refuses: [409],
  },
  {
    method: 'GET',
    path: '/api/v1/verify',
    summary:
      'Whether all books are right: each invariant, as it is checked; some of what many workflows share only here',
    token: 'stack',
    answer: { status: 200, schema: null, lines: 'InvariantVerdict' },
    refuses: [],
  },
  {
    method: 'GET',
    path: '/api/v1/events',
    summary: 'What happened, as CloudEvents: page by page from a cursor or a time; the same again when asked again',
    token: 'stack',
    query: EventQuery,
    answer: { status: 200, schema: 'EventPage' },
    refuses: [],
  },
  {
    method: 'POST',
    path: `${workflows}/:selector/cancel`,
    summary: 'Asks for the end of a workflow, or ends open jobs of it that meet every condition; safe to repeat',
    token: 'stack',
    headers: keyedOrder,
    body: { schema: 'CancelRequest', optional: true },
    answer: { status: 200, schema: 'CancelAnswer' },
    refuses: [409, 422],
  },
  {
    method: 'POST',
    path: `${workflows}/:selector/pause`,
    summary: 'Nothing of the workflow is leased any more once this has answered; what runs goes on; safe to repeat',
    token: 'stack',
    headers: keyedOrder,
    body: { schema: 'PauseRequest', optional: true },
    answer: { status: 200, schema: 'PauseAnswer' },
    refuses: [409, 422],
  },
  {
    method: 'POST',
    path: `${workflows}/:selector/resume`,
    summary: 'Gives back what a pause held; safe to repeat',
    token: 'stack',
    headers: keyedOrder,
    body: { schema: 'ResumeRequest', optional: true },
    answer: { status: 200, schema: 'PauseAnswer' },
    refuses: [409, 422],
  },
  {
    method: 'POST',
    path: `${workflows}/:selector/retry`,
    summary: 'Runs failed jobs of an ended workflow again, and what was pruned because of them',
    token: 'stack',
    headers: keyedOrder,
    body: { schema: 'RetryRequest' },
    answer: { status: 200, schema: 'RetryAnswer' },
    refuses: [409, 422],
  },
  ...identityRoutes,
  ...shareRoutes,
  {
    method: 'GET',
    path: sites,
    summary: 'Sites by name, with what their workers have and hold',
    token: 'stack',
    query: WholePageQuery,
    answer: { status: 200, schema: 'SiteList' },
    refuses: [],
  },
  {
    method: 'PUT',
    path: sites,
    summary: 'Applies a sites file: all of it or nothing; sites that it does not name stay as they are',
    token: 'stack',
    body: { schema: 'SitesApply' },
    answer: { status: 200, schema: 'SitesApplied' },
    refuses: [422],
  },
  {
    method: 'GET',
    path: `${sites}/:name`,
    summary: 'One site',
    token: 'stack',
    answer: { status: 200, schema: 'SiteView' },
    refuses: [],
  },
  {
    method: 'PUT',
    path: `${sites}/:name`,
    summary: 'Says all of a site, new or known: what is left out is the default, but for the state, which stays',
    token: 'stack',
    body: { schema: 'SiteChange' },
    answer: { status: 200, schema: 'SiteAnswer' },
    refuses: [422],
  },
  {
    method: 'PATCH',
    path: `${sites}/:name`,
    summary: 'Changes what is given of a known site',
    token: 'stack',
    body: { schema: 'SiteChange' },
    answer: { status: 200, schema: 'SiteAnswer' },
    refuses: [422],
  },
  {
    method: 'DELETE',
    path: `${sites}/:name`,
    summary: 'Forgets a site that has no workers',
    token: 'stack',
    query: SiteRemoveQuery,
    answer: { status: 200, schema: 'SiteRemoved' },
    refuses: [409],
  },
  {
    method: 'POST',
    path: `${sites}/:name/open`,
    summary: 'Workers of the site get jobs again',
    token: 'stack',
    headers: keyedOrder,
    body: { schema: 'SiteOrder', optional: true },
    answer: { status: 200, schema: 'SiteAnswer' },
    refuses: [409, 422],
  },
  {
    method: 'POST',
    path: `${sites}/:name/drain`,
    summary: 'Nothing more starts there; what runs ends by itself',
    token: 'stack',
    headers: keyedOrder,
    body: { schema: 'SiteOrder', optional: true },
    answer: { status: 200, schema: 'SiteAnswer' },
    refuses: [409, 422],
  },
  {
    method: 'POST',
    path: `${sites}/:name/stop`,
    summary: 'Nothing more starts there, and what runs is ended; it runs again elsewhere or once the site is open',
    token: 'stack',
    headers: keyedOrder,
    body: { schema: 'SiteOrder', optional: true },
    answer: { status: 200, schema: 'SiteAnswer' },
    refuses: [409, 422],
  },
  {
    method: 'GET',
    path: '/api/v1/workers',
    summary: 'Workers in the order in which they registered, without those that ended',
    token: 'stack',
    query: WorkerQuery,
    answer: { status: 200, schema: 'WorkerPage' },
    refuses: [],
  },
  {
    method: 'GET',
    path: '/api/v1/workers/:session',
    summary: 'One worker, by its session',
    token: 'stack',
    answer: { status: 200, schema: 'WorkerView' },
    refuses: [],
  },
  {
    method: 'POST',
    path: '/api/v1/workers/:session/drain',
    summary: 'The worker gives back what has not started, lets running jobs go on for its grace time, and ends',
    token: 'stack',
    headers: keyedOrder,
    body: { schema: 'SiteOrder', optional: true },
    answer: { status: 200, schema: 'WorkerAnswer' },
    refuses: [409, 422],
  },
  {
    method: 'POST',
    path: '/api/v1/workers/:session/stop',
    summary: 'The worker ends at once, and what it runs with it: that runs again elsewhere',
    token: 'stack',
    headers: keyedOrder,
    body: { schema: 'SiteOrder', optional: true },
    answer: { status: 200, schema: 'WorkerAnswer' },
    refuses: [409, 422],
  },
  {
    method: 'GET',
    path: '/api/v1/limits',
    summary: 'Limits with their caps, and what is with workers under them',
    token: 'stack',
    query: WholePageQuery,
    answer: { status: 200, schema: 'LimitList' },
    refuses: [],
  },
  {
    method: 'PUT',
    path: '/api/v1/limits/:kind/:name',
    summary: 'Sets the caps of a limit, new or known; what runs is counted at once; kind: named, site, space, user',
    token: 'stack',
    body: { schema: 'LimitRequest' },
    answer: { status: 200, schema: 'LimitAnswer' },
    refuses: [422],
  },
  {
    method: 'DELETE',
    path: '/api/v1/limits/:kind/:name',
    summary: 'Removes a limit: what it held up may run',
    token: 'stack',
    query: LimitRemoveQuery,
    answer: { status: 200, schema: 'LimitAnswer' },
    refuses: [],
  },
  ...spaceRoutes,
  ...archiveRoutes,
  ...auditRoutes,
  ...deadLetterRoutes,
  ...fileRoutes,
  ...quotaRoutes,
  {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This interface, as an OpenAPI document',
    token: 'none',
    answer: { status: 200, schema: null, type: 'application/json' },
    refuses: [],
  },
  {
    method: 'GET',
    path: '/docs',
    summary: 'The same as a page to read',
    token: 'none',
    answer: { status: 200, schema: null, type: 'text/html' },
    refuses: [],
  },
  {
    method: 'GET',
    path: '/docs/style.css',
    summary: 'How that page looks',
    token: 'none',
    answer: { status: 200, schema: null, type: 'text/css' },
    refuses: [],
  },
  {
    method: 'GET',
    path: '/health/live',
    summary: 'The process answers',
    token: 'none',
    answer: { status: 200, schema: null },
    refuses: [],
  },
  {
    method: 'GET',
    path: '/health/ready',
    summary: 'PostgreSQL and NATS answer too',
    token: 'none',
    answer: { status: 200, schema: null },
    refuses: [503],
  },
  ...workerRoutes,
];

const patterns = routes.map((route) => ({
  method: route.method,
  pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replace(/:[a-z]\w*/gi, '[^/]+')}/?$`),
  named: route.path.match(/:/g)?.length ?? 0,
}));

/** @returns the methods that an address answers; empty when no route is there. What is called so comes before a name in its place. */
export function methodsOf(path: string): string[] {
  const there = patterns.filter(({ pattern }) => pattern.test(path));
  const least = Math.min(...there.map(({ named }) => named));
  return [...new Set(there.filter(({ named }) => named === least).map(({ method }) => method))];
}

/** What an address allows, for `Allow`: its methods, HEAD where there is a GET, and OPTIONS; empty when no route is there. */
export function allowedAt(path: string): string[] {
  const methods = methodsOf(path);
  if (methods.length === 0) return [];
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
}
