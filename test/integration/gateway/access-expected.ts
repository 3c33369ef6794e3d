/**
 * What every route asks for, written by hand and apart from the gateway: route by route, caller by caller. A route that the
 * OpenAPI document has and this table has not fails the test.
 */
import { chunkOf, far, fileOf, here, sealOf, type Who } from './access-world.js';

export type Verdict = 'let' | 'unknown' | 'refuse' | 'hide';

/** Roles that let one do a thing in a space where it is somebody else's; `own`: also who submitted it. */
type InSpace = 'read' | 'submit' | 'operate' | 'continue' | 'administer' | 'remove';
export type Asks =
  | 'nothing'
  | 'a token'
  | 'no token of ours'
  | 'a role'
  | 'the system'
  | 'the site'
  | 'what one sees'
  | 'a session'
  | 'the stack'
  | InSpace;

export interface RouteRow {
  asks: Asks;
  json?: (space: string) => unknown;
  ndjson?: (space: string) => string;
  query?: string;
  /** Code of a 404 that says that it was let, and found nothing. */
  foundNothing?: string;
  /** Which workflow of the world the address names; `flow` if not given. */
  which?: 'flow' | 'ended' | 'upload';
}

/** Who has which role in which space, as it comes out of all that was granted and restricted. */
const rolesIn: Record<Who, { [here]?: Rank; [far]?: Rank }> = {
  stranger: {},
  farowner: { [far]: 2 },
  faradmin: { [far]: 4 },
  reader: { [here]: 1 },
  ingroup: { [here]: 1 },
  submitter: { [here]: 2 },
  owner: { [here]: 2 },
  operator: { [here]: 3 },
  administrator: { [here]: 4 },
  readsAll: { [here]: 1, [far]: 1 },
  operatesAll: { [here]: 3, [far]: 3 },
  root: { [here]: 4, [far]: 4 },
  ownerReading: { [here]: 1 },
  rootInFar: { [far]: 4 },
  site: {},
  otherSite: {},
};
type Rank = 1 | 2 | 3 | 4;

const isOwner = (who: Who, space: string): boolean =>
  space === here ? who === 'owner' || who === 'ownerReading' : who === 'farowner';

const least: Record<InSpace, [any: Rank, own: Rank]> = {
  read: [1, 1],
  submit: [2, 2],
  operate: [3, 2],
  continue: [4, 2],
  administer: [4, 4],
  remove: [3, 3],
};

/** Who calls with a token that Sluice handed out, and so makes and ends none. */
const restricted: readonly Who[] = ['ownerReading', 'rootInFar', 'site', 'otherSite'];

/** Who sees the other space, and may be told its names. */
export const seesFar = (who: Who): boolean => rolesIn[who][far] !== undefined;

/** @param space that the address or the body names */
export function expectedOf(asks: Asks, who: Who, space: typeof here | typeof far): Verdict {
  switch (asks) {
    case 'nothing':
    case 'a token':
    case 'what one sees':
      return 'let';
    case 'no token of ours':
      return restricted.includes(who) ? 'refuse' : 'let';
    case 'a role':
      return who === 'stranger' ? 'refuse' : 'let';
    case 'the system':
      return who === 'root' ? 'let' : 'refuse';
    case 'the site':
      return who === 'root' || who === 'site' ? 'let' : 'refuse';
    case 'a session':
    case 'the stack':
      return 'unknown';
    case 'read':
    case 'submit':
    case 'operate':
    case 'continue':
    case 'administer':
    case 'remove': {
      const role = rolesIn[who][space];
      if (role === undefined) return 'hide';
      const [any, own] = least[asks];
      return role >= (isOwner(who, space) ? own : any) ? 'let' : 'refuse';
    }
  }
}

const none = () => ({});
const dryRun = () => ({ dryRun: true });
const holder = () => ({ issuer: 'https://iam.trial', holder: 'subject', name: 'x', dryRun: true });

export const expectedRoutes: Record<string, RouteRow> = {
  'POST /api/v1/workflows': {
    asks: 'submit',
    json: (space) => ({ apiVersion: 'sluice/v1', name: 'more', space, templates: { work: { transform: 'noop' } } }),
  },
  'POST /api/v1/workflows/submit': {
    asks: 'submit',
    json: (space) => ({
      ...{ apiVersion: 'sluice/v1', name: 'whole', space, templates: { work: { transform: 'noop' } } },
      jobs: [{ name: 'one' }],
    }),
  },
  'PUT /api/v1/workflows/{id}/chunks/{no}': {
    ...{ asks: 'continue', which: 'upload', ndjson: chunkOf, query: 'firstOrdinal=0' },
  },
  'POST /api/v1/workflows/{id}/seal': { asks: 'continue', json: sealOf },
  'GET /api/v1/workflows/{id}/upload': { asks: 'read', which: 'upload' },
  'GET /api/v1/workflows': { asks: 'what one sees' },
  'GET /api/v1/workflows/{selector}': { asks: 'read' },
  'GET /api/v1/workflows/{selector}/document': { asks: 'read' },
  'GET /api/v1/workflows/{selector}/jobs': { asks: 'read' },
  'GET /api/v1/workflows/{selector}/why': { asks: 'read' },
  'GET /api/v1/workflows/{selector}/jobs/{job}/why': { asks: 'read' },
  'GET /api/v1/workflows/{selector}/jobs/{job}/attempts': { asks: 'read' },
  'GET /api/v1/workflows/{selector}/jobs/{job}/attempts/{attempt}/log': { asks: 'read', foundNothing: 'log/none' },
  'GET /api/v1/workflows/{selector}/errors': { asks: 'read' },
  'GET /api/v1/workflows/{selector}/verify': { asks: 'read' },
  'GET /api/v1/verify': { asks: 'the system' },
  'GET /api/v1/events': { asks: 'what one sees' },
  'POST /api/v1/workflows/{selector}/cancel': { asks: 'operate', json: dryRun },
  'POST /api/v1/workflows/{selector}/pause': { asks: 'operate', json: dryRun },
  'POST /api/v1/workflows/{selector}/resume': { asks: 'operate', json: dryRun },
  'POST /api/v1/workflows/{selector}/retry': {
    asks: 'operate',
    json: dryRun,
    which: 'ended',
    foundNothing: 'retry/nothing-matched',
  },
  'POST /api/v1/workflows/{selector}/archive': { asks: 'administer', json: dryRun, which: 'ended' },
  'GET /api/v1/archive': { asks: 'what one sees' },
  'GET /api/v1/shares': { asks: 'what one sees' },
  'PUT /api/v1/shares': { asks: 'the system', json: dryRun },
  'POST /api/v1/shares/remove': {
    asks: 'the system',
    json: () => ({ path: 'none', dryRun: true }),
    foundNothing: 'not-found',
  },
  'POST /api/v1/shares/use': {
    asks: 'the site',
    json: () => ({ site: 'S', use: [{ share: here, coreHours: 1 }], dryRun: true }),
  },
  'GET /api/v1/sites': { asks: 'a token' },
  'PUT /api/v1/sites': { asks: 'the system', json: () => ({ sites: [{ name: 'S' }], dryRun: true }) },
  'GET /api/v1/sites/{name}': { asks: 'a token' },
  'PUT /api/v1/sites/{name}': { asks: 'the system', json: dryRun },
  'PATCH /api/v1/sites/{name}': { asks: 'the system', json: dryRun },
  'DELETE /api/v1/sites/{name}': { asks: 'the system', query: 'dryRun=true' },
  'POST /api/v1/sites/{name}/open': { asks: 'the site', json: dryRun },
  'POST /api/v1/sites/{name}/drain': { asks: 'the site', json: dryRun },
  'POST /api/v1/sites/{name}/stop': { asks: 'the site', json: dryRun },
  'GET /api/v1/workers': { asks: 'a role' },
  'GET /api/v1/workers/{session}': { asks: 'a role' },
  'POST /api/v1/workers/{session}/drain': { asks: 'the site', json: dryRun },
  'POST /api/v1/workers/{session}/stop': { asks: 'the site', json: dryRun },
  'GET /api/v1/quotas': { asks: 'the system' },
  'PUT /api/v1/quotas/user/{name}': { asks: 'the system', json: () => ({}) },
  'GET /api/v1/limits': { asks: 'what one sees' },
  'PUT /api/v1/limits/{kind}/{name}': { asks: 'the system', json: () => ({ capJobs: 1, dryRun: true }) },
  'DELETE /api/v1/limits/{kind}/{name}': { asks: 'the system', query: 'dryRun=true' },
  'GET /api/v1/login': { asks: 'nothing' },
  'GET /api/v1/whoami': { asks: 'a token' },
  'GET /api/v1/tokens': { asks: 'a token' },
  'POST /api/v1/tokens': { asks: 'no token of ours', json: () => ({ kind: 'service', name: 'x' }) },
  'DELETE /api/v1/tokens/{id}': { asks: 'no token of ours', foundNothing: 'not-found' },
  'GET /api/v1/spaces': { asks: 'what one sees' },
  'GET /api/v1/spaces/{space}': { asks: 'read' },
  'PUT /api/v1/spaces/{space}': { asks: 'the system', json: dryRun },
  'GET /api/v1/spaces/{space}/grants': { asks: 'administer' },
  'PUT /api/v1/spaces/{space}/grants': { asks: 'administer', json: () => ({ ...holder(), role: 'reader' }) },
  'POST /api/v1/spaces/{space}/grants/remove': { asks: 'administer', json: holder },
  'GET /api/v1/spaces/{space}/files': { asks: 'read' },
  'PUT /api/v1/spaces/{space}/files/{sha256}': { asks: 'submit', ndjson: fileOf },
  'GET /api/v1/spaces/{space}/files/{sha256}': { asks: 'read' },
  'DELETE /api/v1/spaces/{space}/files/{sha256}': { asks: 'remove', query: 'dryRun=true' },
  'GET /api/v1/audit': { asks: 'the system' },
  'GET /api/v1/dead-letters': { asks: 'the system' },
  'GET /api/v1/dead-letters/{id}': { asks: 'the system', foundNothing: 'not-found' },
  'POST /api/v1/dead-letters/requeue': { asks: 'the system', json: () => ({ ids: ['1'], dryRun: true }) },
  'POST /api/v1/dead-letters/drop': { asks: 'the system', json: () => ({ ids: ['1'], dryRun: true }) },
  'GET /openapi.json': { asks: 'nothing' },
  'GET /docs': { asks: 'nothing' },
  'GET /docs/style.css': { asks: 'nothing' },
  'GET /health/live': { asks: 'nothing' },
  'GET /health/ready': { asks: 'nothing' },
  'POST /worker/v1/sessions': { asks: 'the stack', json: none },
  'POST /worker/v1/lease': { asks: 'a session', json: none },
  'POST /worker/v1/heartbeat': { asks: 'a session', json: none },
  'POST /worker/v1/report': { asks: 'a session', json: none },
  'GET /worker/v1/files/{job}/{attempt}/{sha256}': { asks: 'a session' },
  'PUT /worker/v1/logs/{job}/{attempt}/{sha256}': { asks: 'a session' },
  'POST /worker/v1/sessions/end': { asks: 'a session', json: none },
};
