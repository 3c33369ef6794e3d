// Goal: role x route x ownership: every route of the OpenAPI document, called for real by everybody about what is theirs and
// what is not, answers as a table says that was written apart from the gateway; and no answer names what its reader may not see.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { type OpenApi, type Problem } from '#contracts';
import { type AccessLine, checkInvariants } from '#test-kit';
import { expectedOf, expectedRoutes, type RouteRow, seesFar, type Verdict } from './access-expected.js';
import {
  ask,
  type Asked,
  callerOf,
  canaries,
  checksumOf,
  far,
  here,
  openWorld,
  people,
  stackToken,
  type Who,
  type World,
} from './access-world.js';
import { environment, jsonOf } from './gateway-trial.js';

let world: World;
let routes: string[];

const accessLine = (who: Who, { method = 'GET', path }: Asked, status: number): AccessLine => {
  const caller = callerOf(who);
  if (!caller) throw new Error(`nobody is ${who}`);
  return { caller, method, path, status };
};

/** Who was answered what is of others, by the grants in the database. */
async function i21(accessLog: readonly AccessLine[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: environment['DATABASE_URL'] });
  await client.connect();
  try {
    return (await checkInvariants(client, { accessLog }))['I21'] ?? [];
  } finally {
    await client.end();
  }
}

type Space = typeof here | typeof far;
const unknownId = 'w-zzzzzzzzzz';

/** The request of a route about what is in a space; `id` in place of a workflow's. */
function requestOf(route: string, row: RouteRow, space: Space, id?: string): Asked {
  const [method = '', pattern = ''] = route.split(' ');
  const flows = world.flows[space];
  const workflow = id ?? flows?.[row.which ?? 'flow'] ?? '';
  const isLetter = pattern.includes('dead-letters');
  const values: Record<string, string> = {
    ...{ selector: workflow, id: isLetter ? '1' : workflow, no: '0', job: '0', name: 'S' },
    ...{ session: world.worker.session, kind: 'named', space, sha256: checksumOf(space) },
    ...(pattern.includes('/limits/') && { name: 'tight' }),
  };
  const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? name);
  const query = row.query === undefined ? '' : `?${row.query}`;
  return { method, path: path + query, json: row.json?.(space), ndjson: row.ndjson?.(space) };
}

function verdictOf(status: number, text: string, { foundNothing }: RouteRow): Verdict | number {
  if (status < 400 || [409, 410, 422].includes(status)) return 'let';
  if (status === 401) return 'unknown';
  if (status === 403) return 'refuse';
  if (status !== 404) return status;
  return (JSON.parse(text) as Problem).code === foundNothing ? 'let' : 'hide';
}

const namesPlace = (route: string, { asks }: RouteRow): boolean =>
  ['read', 'submit', 'operate', 'continue', 'administer', 'remove'].includes(asks) || route.includes('{space}');

interface Cell {
  route: string;
  row: RouteRow;
  who: Who;
  space: Space;
}

const cells = (): Cell[] =>
  routes.flatMap((route) => {
    const row = expectedRoutes[route];
    if (!row) return [];
    const places: Space[] = namesPlace(route, row) ? [here, far] : [here];
    return (Object.keys(people) as Who[]).flatMap((who) => places.map((space) => ({ route, row, who, space })));
  });

// Closed before the servers of gateway-trial.ts are.
describe('two spaces', () => {
  beforeAll(async () => {
    world = await openWorld();
    const { paths } = await jsonOf<OpenApi>(ask(world, null, { path: '/openapi.json' }));
    routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
  }, 120_000);
  afterAll(() => world.close(), 60_000);

  test('why names neither whose jobs hold a limit nor their workflow, but to who sees them', async () => {
    const path = `/api/v1/workflows/${world.flows[here]?.flow ?? ''}/jobs/0/why`;
    const toOwner = await (await ask(world, 'owner', { path })).text();
    const toRoot = await (await ask(world, 'root', { path })).text();
    expect(toOwner).toContain('"cause":"limit"');
    expect(canaries.filter((canary) => toOwner.includes(canary))).toEqual([]);
    expect(toRoot).toContain('canaryuser');
  });

  test('every route has its line in the table, and no other has', () => {
    expect(Object.keys(expectedRoutes).sort()).toEqual([...routes].sort());
  });

  test('every cell is as the table says, and names nothing that its reader may not see', async () => {
    const wrong: string[] = [];
    const accessLog: AccessLine[] = [];
    let good = 0;
    for (const { route, row, who, space } of cells()) {
      const expected = expectedOf(row.asks, who, space);
      const request = requestOf(route, row, space);
      const answer = await ask(world, who, request);
      const text = await answer.text();
      accessLog.push(accessLine(who, request, answer.status));
      const got = verdictOf(answer.status, text, row);
      const told = space === here && !seesFar(who) ? canaries.filter((canary) => text.includes(canary)) : [];
      // What is refused may be refused for its body before anybody looks whose it is; what is let may not.
      if (got === expected && told.length === 0) good += 1;
      else
        wrong.push(
          `${route} by ${who} about ${space}: ${got}, not ${expected}; names ${told.join()}: ${text.slice(0, 200)}`,
        );
    }
    process.stdout.write(`access matrix: ${good} of ${good + wrong.length} cells\n`);
    expect(wrong).toEqual([]);
    const stolen = accessLine('stranger', { path: `/api/v1/workflows/${world.flows[far]?.flow ?? ''}/jobs` }, 200);
    expect(await i21(accessLog)).toEqual([]);
    expect(await i21([...accessLog, stolen])).toEqual([
      expect.stringMatching(/^stranger was answered GET .* canaryspace$/),
    ]);
  }, 300_000);

  test('what is hidden reads as what is not there', async () => {
    const wrong: string[] = [];
    for (const { route, row, who, space } of cells()) {
      if (expectedOf(row.asks, who, space) !== 'hide' || !/\{(id|selector)\}/.test(route)) continue;
      const [hidden, missing] = await Promise.all(
        [undefined, unknownId].map(async (id) => {
          const answer = await ask(world, who, requestOf(route, row, space, id));
          const problem = { ...((await answer.json()) as Problem), instance: '' };
          const asked = id ?? world.flows[space]?.[row.which ?? 'flow'] ?? '';
          return JSON.stringify(problem).replaceAll(asked, 'ID');
        }),
      );
      if (hidden !== missing) wrong.push(`${route} by ${who} about ${space}: ${hidden}, not ${missing}`);
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  test('without a token, with one of nobody, or with that of a worker nothing but the open routes answers', async () => {
    const wrong: string[] = [];
    for (const route of routes) {
      const row = expectedRoutes[route];
      if (!row || row.asks === 'a session') continue;
      const request = requestOf(route, row, here);
      for (const [bearer, expected] of [
        [undefined, 401],
        ['t.nobody', 401],
        ['x'.repeat(9_000), 401],
        [world.worker.token, 403],
      ] as const) {
        const { status } = await ask(world, null, { ...request, ...(bearer && { bearer }) });
        const good = row.asks === 'nothing' ? status < 400 : status === expected;
        if (!good) wrong.push(`${route} with ${String(bearer).slice(0, 10)}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('lists, names, globs and cursors of others find nothing', async () => {
    const farFlow = world.flows[far]?.flow ?? '';
    for (const selector of ['canaryflow', 'canary*', farFlow.slice(0, 8)])
      expect((await ask(world, 'owner', { path: `/api/v1/workflows/${selector}` })).status).toBe(404);
    const last = await jsonOf<{ workflow: { space: string } }>(ask(world, 'owner', { path: '/api/v1/workflows/last' }));
    expect(last.workflow.space).toBe(here);
    const lists = ['?query=space:canaryspace', '?name=canaryflow', `?cursor=${farFlow}`];
    for (const query of lists)
      expect(await jsonOf(ask(world, 'owner', { path: `/api/v1/workflows${query}` }))).toEqual({
        workflows: [],
        next: null,
      });
    const events = ask(world, 'owner', { path: `/api/v1/events?workflow=${farFlow}` });
    expect((await events).status).toBe(404);
  });

  test('nobody submits in the name of another, or to a space that is not there', async () => {
    const header = { apiVersion: 'sluice/v1', name: 'n', templates: { work: { transform: 'noop' } } };
    const send = (who: Who, space: string, owner?: string) =>
      fetch(`${world.url}/api/v1/workflows`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer t.${who}`,
          ...(owner !== undefined && { 'sluice-owner': owner }),
        },
        body: JSON.stringify({ ...header, space }),
      });
    expect((await send('owner', here, 'administrator')).status).toBe(403);
    expect((await send('root', here, 'administrator')).status).toBe(201);
    for (const who of ['root', 'owner'] as const) {
      const refused = await send(who, 'nowhere');
      expect([refused.status, ((await refused.json()) as Problem).code]).toEqual([404, 'space/unknown']);
    }
    const foreign = (await (await send('owner', far)).json()) as Problem;
    const missing = (await (await send('owner', 'nowhere')).json()) as Problem;
    expect(foreign.code).toBe(missing.code);
  });

  test('a file is put into no space that is not there, whoever sends it', async () => {
    const put = (who: Who) =>
      fetch(`${world.url}/api/v1/spaces/nowhere/files/${'0'.repeat(64)}`, {
        method: 'PUT',
        headers: { authorization: `Bearer t.${who}` },
        body: 'x',
      });
    expect((await put('owner')).status).toBe(404);
    const refused = await put('root');
    expect([refused.status, ((await refused.json()) as Problem).code]).toEqual([404, 'space/unknown']);
  });

  test('who paused is who called, whatever the body says', async () => {
    const path = `/api/v1/workflows/${world.flows[here]?.flow ?? ''}`;
    await jsonOf(ask(world, 'operator', { method: 'POST', path: `${path}/pause`, json: { by: 'canaryuser' } }));
    const why = await (await ask(world, 'reader', { path: `${path}/why` })).text();
    expect(why).toContain('Name of operator (operator)');
    await jsonOf(ask(world, 'operator', { method: 'POST', path: `${path}/resume`, json: {} }));
  });

  test('a grant that is taken away counts no longer', async () => {
    const holder = { issuer: 'https://iam.trial', holder: 'subject', name: 'submitter' };
    const grants = `/api/v1/spaces/${here}/grants`;
    const mine = { path: `/api/v1/workflows/${world.flows[here]?.flow ?? ''}` };
    expect((await ask(world, 'submitter', mine)).status).toBe(200);
    await jsonOf(ask(world, 'administrator', { method: 'POST', path: `${grants}/remove`, json: holder }));
    expect((await ask(world, 'submitter', mine)).status).toBe(404);
    await jsonOf(ask(world, 'administrator', { method: 'PUT', path: grants, json: { ...holder, role: 'reader' } }));
    expect((await ask(world, 'submitter', mine)).status).toBe(200);
  });

  test('the token of the stack is none of this gateway: its verifiers are what the trial says', async () => {
    expect((await ask(world, null, { path: '/api/v1/workflows', bearer: stackToken })).status).toBe(401);
  });
});
