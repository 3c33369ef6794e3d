// Goal: ids of another space, put wherever an id may stand, tell their sender nothing: no id or name comes back, what is hidden
// reads as what never was, and what one caller may repeat another may not.
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OpenApi, Problem } from '#contracts';
import { expectedRoutes, seesFar } from './access-expected.js';
import {
  ask,
  type Asked,
  canaries,
  checksumOf,
  far,
  fileOf,
  here,
  openWorld,
  people,
  type Who,
  type World,
} from './access-world.js';
import { jsonOf } from './gateway-trial.js';

let world: World;
/** Names and ids that nobody may be told who does not see the other space. */
let secrets: string[];

const strangers = (Object.keys(people) as Who[]).filter((who) => !seesFar(who));
const leaked = (text: string): string[] => secrets.filter((secret) => text.includes(secret));
const textOf = async (who: Who, asked: Asked): Promise<string> => (await ask(world, who, asked)).text();
const farFlow = (): string => world.flows[far]?.flow ?? '';
const hereFlow = (): string => world.flows[here]?.flow ?? '';

// Closed before the servers of gateway-trial.ts are.
describe('two spaces', () => {
  beforeAll(async () => {
    world = await openWorld();
    secrets = [...canaries, ...Object.values(world.flows[far] ?? {}), checksumOf(far), fileOf(far)];
  }, 120_000);
  afterAll(() => world.close(), 60_000);

  test('no answer about what is one’s own, nor any whole list, holds an id or a name of the other space', async () => {
    const { paths } = await jsonOf<OpenApi>(ask(world, null, { path: '/openapi.json' }));
    const gets = Object.keys(paths).filter((path) => paths[path]?.['get'] && !path.startsWith('/docs'));
    const own: Record<string, string> = {
      selector: hereFlow(),
      id: hereFlow(),
      job: '0',
      space: here,
      sha256: checksumOf(here),
    };
    const told: string[] = [];
    let answers = 0;
    for (const who of strangers)
      for (const path of gets) {
        const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => own[name] ?? 'S');
        const page = expectedRoutes[`GET ${path}`] && /limit/.test(JSON.stringify(paths[path]?.['get']?.parameters));
        const text = await textOf(who, { path: filled + (page ? '?limit=1000' : '') });
        answers += 1;
        if (leaked(text).length > 0) told.push(`${path} to ${who}: ${leaked(text).join()}`);
      }
    process.stdout.write(`answers looked through: ${answers}\n`);
    expect(told).toEqual([]);
    expect(leaked(await textOf('root', { path: '/api/v1/workflows?limit=1000' })).length).toBeGreaterThan(2); // it would be seen
  }, 120_000);

  test('conditions, cursors and names of the other space find as much as those of nowhere', async () => {
    const nowhere: Record<string, string> = {
      [far]: 'nowhere',
      canaryuser: 'nobody',
      canaryflow: 'noflow',
      canarylabel: 'nolabel',
    };
    const lists = [
      ...['query=space:X', 'query=-space:X', 'query=canaryflow', 'query=name:canary*'].map(
        (query) => `workflows?${query}`,
      ),
      ...['query=owner:canaryuser', 'query=label:canarylabel', 'name=canaryflow'].map((query) => `workflows?${query}`),
      ...[`archive?space=X`, 'shares?under=X', `limits?name=canaryuser`, 'events?workflow=W', 'workflows?cursor=W'],
      ...[`workflows/${hereFlow()}/jobs?query=label:canarylabel`, `workflows/${hereFlow()}/errors?query=site:canary*`],
      ...[`workflows/W`, `workflows/W/jobs/0/why`, 'spaces/X', 'spaces/X/grants', 'spaces/X/files'],
      ...[`spaces/X/files/${checksumOf(far)}`, `spaces/${here}/files/F`, 'workflows/W/document?line=0'],
    ];
    const wrong: string[] = [];
    for (const who of ['owner', 'operator', 'administrator', 'stranger'] as const)
      for (const list of lists) {
        const real = list.replace('X', far).replace('W', farFlow()).replace('F', checksumOf(far));
        const none = Object.entries(nowhere)
          .reduce((text, [name, other]) => text.replaceAll(name, other), list.replace('X', 'nowhere'))
          .replaceAll('canary', 'nobody')
          .replace('W', 'w-zzzzzzzzzz')
          .replace('F', '0'.repeat(64));
        const asked = (part: string): string =>
          decodeURIComponent(part)
            .split(/[?/=:]/)
            .at(-1) ?? '';
        const answers = await Promise.all(
          [real, none].map(async (path) => {
            const answer = await ask(world, who, { path: `/api/v1/${path}` });
            const text = (await answer.text()).replace(/"instance":"[^"]*"/, '');
            const plain = [far, farFlow(), checksumOf(far), 'nowhere', 'w-zzzzzzzzzz', '0'.repeat(64), asked(path)];
            return `${answer.status} ${plain.reduce((all, name) => all.replaceAll(name, 'IT'), text)}`;
          }),
        );
        if (answers[0] !== answers[1]) wrong.push(`${list} by ${who}: ${answers.join(' | ')}`);
      }
    expect(wrong).toEqual([]);
  });

  test('orders that name jobs, labels, parents or limits of the other space say nothing of them', async () => {
    const path = `/api/v1/workflows/${hereFlow()}`;
    const header = { apiVersion: 'sluice/v1', name: 'n', space: here };
    const orders: Asked[] = [
      ...['cancel', 'pause', 'resume', 'retry'].flatMap((verb) =>
        [{ labels: ['canarylabel'] }, { query: 'label:canarylabel' }, { sites: [far] }].map((chosen) => ({
          ...{ method: 'POST', path: `${path}/${verb}`, json: { ...chosen, dryRun: true } },
        })),
      ),
      {
        method: 'POST',
        path: '/api/v1/workflows',
        json: { ...header, templates: { w: { transform: 'noop', share: 'canaryuser' } } },
      },
      {
        method: 'POST',
        path: '/api/v1/workflows',
        json: { ...header, name: 'canaryflow', templates: { w: { transform: 'noop' } } },
      },
      {
        method: 'PUT',
        path: `/api/v1/spaces/${here}/grants`,
        json: { issuer: 'https://iam.trial', holder: 'subject', name: 'canaryuser', role: 'reader', dryRun: true },
      },
      { method: 'DELETE', path: '/api/v1/tokens/1' },
    ];
    const ids = [...Object.values(world.flows[far] ?? {}), checksumOf(far), fileOf(far), 'canaryjob'];
    for (const who of ['owner', 'administrator'] as const)
      for (const order of orders) {
        const text = await textOf(who, order);
        expect(ids.filter((id) => text.includes(id))).toEqual([]);
      }
  });

  test('a key is of its caller: with the same one another gets an answer of its own', async () => {
    const key = randomUUID();
    const send = async (who: Who, space: string): Promise<{ status: number; id: string }> => {
      const headers = { authorization: `Bearer t.${who}`, 'content-type': 'application/json', 'idempotency-key': key };
      const body = JSON.stringify({
        apiVersion: 'sluice/v1',
        name: 'keyed',
        space,
        templates: { w: { transform: 'noop' } },
      });
      const answer = await fetch(`${world.url}/api/v1/workflows`, { method: 'POST', headers, body });
      return { status: answer.status, ...((await answer.json()) as { id: string }) };
    };
    const theirs = await send('farowner', far);
    const ours = await send('owner', here);
    expect([theirs.status, ours.status]).toEqual([201, 201]);
    expect(ours.id).not.toBe(theirs.id);
    expect(await send('owner', here)).toEqual(ours);
  });

  test('a tag of an answer about the other space makes no answer about what is hidden', async () => {
    const tag =
      (await ask(world, 'farowner', { path: `/api/v1/workflows/${farFlow()}` })).headers.get('etag') ?? 'none';
    for (const condition of [tag, '*']) {
      const headers = { authorization: 'Bearer t.owner', 'if-none-match': condition };
      expect((await fetch(`${world.url}/api/v1/workflows/${farFlow()}`, { headers })).status).toBe(404);
    }
  });

  test('who knows the checksum of a file in the other space has neither the file nor word that it is there', async () => {
    const { hostname, port } = new URL(world.url);
    const head = [
      `PUT /api/v1/spaces/${here}/files/${checksumOf(far)} HTTP/1.1`,
      ...['Host: x', 'Authorization: Bearer t.owner', 'Content-Type: text/plain', 'Expect: 100-continue'],
      `Content-Length: ${Buffer.byteLength(fileOf(far))}`,
    ];
    const first = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write(`${head.join('\r\n')}\r\n\r\n`));
      socket.setEncoding('latin1').once('data', (text: string) => (resolve(text), socket.destroy()));
      socket.on('error', reject);
    });
    expect(first).toMatch(/^HTTP\/1\.1 100 /);
    const path = `/api/v1/spaces/${here}/files/${checksumOf(far)}`;
    expect((await ask(world, 'owner', { path })).status).toBe(404);
  });

  test('a refusal about a token of another reads as that of one which never was', async () => {
    const made = await jsonOf<{ id: string }>(
      ask(world, 'farowner', { method: 'POST', path: '/api/v1/tokens', json: { kind: 'service', name: 'theirs' } }),
      201,
    );
    const told = await Promise.all(
      [made.id, '999999'].map(async (id) => {
        const problem = await jsonOf<Problem>(
          ask(world, 'owner', { method: 'DELETE', path: `/api/v1/tokens/${id}` }),
          404,
        );
        return JSON.stringify({ ...problem, instance: '' }).replaceAll(id, 'ID');
      }),
    );
    expect(told[0]).toBe(told[1]);
    expect(await textOf('owner', { path: '/api/v1/tokens' })).not.toContain('theirs');
  });
});
