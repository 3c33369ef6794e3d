// Goal: no credential of a stack at work, and at fault, stands in a log, an answer, the database or an argument.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { TokenMade } from '#contracts';
import { RunningService, runSluice, until } from '#test-kit';
import { call, folder, identityTrial, stack, tokensOf } from './identity-trial.js';

identityTrial(600);

/** What was said where, to be searched in the end. */
const said = new Map<string, string>();
const secrets = new Map<string, string>();

/** A call whose answer is searched. */
async function ask(path: string, token: string, method = 'GET', json?: unknown): Promise<number> {
  const answer = await call(path, token, method, json);
  const headers = [...answer.headers].join('\n');
  said.set(`answer ${said.size} of ${method} ${path}`, `${headers}\n${await answer.text()}`);
  return answer.status;
}

async function made(kind: 'service' | 'pool' | 'site'): Promise<string> {
  const json = { kind, name: `canary ${kind}`, ...(kind === 'service' ? {} : { site: 'local' }) };
  const { token } = TokenMade.parse(await (await call('/api/v1/tokens', stack.token, 'POST', json)).json());
  secrets.set(`${kind} token`, token);
  return token;
}

/** Arguments of every process of this machine, as they are now. */
function noteArguments(): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      said.set(`arguments of process ${pid}`, readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    } catch {
      continue; // it has ended meanwhile
    }
  }
}

/** Every row of every table, as text. */
async function noteDatabase(): Promise<void> {
  const tables = await stack.rows<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'public'`,
  );
  for (const { name } of tables) {
    const rows = await stack.rows<{ text: string }>(`select t::text as text from ${name} t`);
    said.set(`table ${name}`, rows.map(({ text }) => text).join('\n'));
  }
}

const passwordOf = (url: string): string => {
  const { password, username } = new URL(url);
  return password || username;
};

/** A secret as it is, and as it is often written. */
const formsOf = (secret: string): string[] => [
  ...[secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex')],
];

test('0 of all credentials are found anywhere', async () => {
  secrets.set("PostgreSQL's password", passwordOf(stack.database.url));
  secrets.set("NATS's password", passwordOf(stack.nats.url));
  secrets.set("the stack's token", stack.token);
  const { token: person, refreshToken } = await tokensOf('ann');
  secrets.set("a person's token", person);
  secrets.set("a person's refresh token", refreshToken ?? '');
  const [service, pool, site] = [await made('service'), await made('pool'), await made('site')];

  // Typical work, with a worker that came by a pool's token, and jobs that fail and print their environment.
  await ask('/api/v1/spaces/canary', stack.token, 'PUT', {});
  const poolFile = join(folder.path, 'pool.token');
  writeFileSync(poolFile, pool, { mode: 0o600 });
  const worker = await stack.startWorker('w1', ['--site', 'local', '--keep-folders', 'all'], {
    environment: { SLUICE_TOKEN_FILE: poolFile },
  });
  secrets.set("a session's token", readFileSync(join(stack.folder.path, 'w1', 'session'), 'utf8'));
  const document = join(folder.path, 'canary.yaml');
  writeFileSync(
    document,
    `apiVersion: sluice/v1
name: canary
space: canary
templates:
  peep: { transform: command, command: { argv: [sh, -c, 'env; echo peeped >&2; exit 3'] } }
jobs:
  - { name: a, template: peep }
  - { name: b, template: peep }
`,
  );
  const cli = async (...args: string[]): Promise<void> => {
    const { stdout, stderr } = await runSluice(stack, args, { SLUICE_CONFIG_DIR: join(folder.path, 'config') });
    said.set(`sluice ${args.join(' ')}`, stdout + stderr);
    noteArguments();
  };
  await cli('submit', document);
  await until('both jobs have failed', 60_000, async () => {
    const rows = await stack.rows<{ failed: number }>('select coalesce(sum(failed), 0)::int as failed from task');
    return rows[0]?.failed === 2;
  });
  for (const verb of ['show', 'report', 'errors', 'jobs', 'why', 'export']) await cli(verb, 'last');
  await cli('logs', 'last', 'a');
  for (const verb of [
    ['ls'],
    ['whoami'],
    ['token', 'ls', '--everybody'],
    ['site', 'ls'],
    ['worker', 'ls'],
    ['events'],
    ['verify'],
  ])
    await cli(...verb);

  // Bad calls with good secrets at the wrong place, and half of them.
  for (const secret of secrets.values()) {
    for (const path of ['/api/v1/whoami', '/api/v1/dead-letters', '/worker/v1/lease']) {
      await ask(
        path,
        secret,
        path.startsWith('/worker') ? 'POST' : 'GET',
        path.startsWith('/worker') ? { max: 'x' } : undefined,
      );
      await ask(path, secret.slice(0, -4), path.startsWith('/worker') ? 'POST' : 'GET');
    }
  }
  await ask('/api/v1/tokens', site, 'POST', { kind: 'service', name: 'x' });
  await ask('/api/v1/workflows', service, 'POST', { apiVersion: 'nonsense' });

  // Services that do not start, with the right password for the wrong server.
  const environment = {
    ...{ DATABASE_URL: stack.database.url, NATS_URL: stack.nats.url, NATS_MONITOR_URL: 'none' },
    SLUICE_TOKEN_FILE: join(stack.folder.path, 'token'),
  };
  const misconfigured = [
    ['DATABASE_URL', stack.database.url.replace(/:\d+\//, ':1/')],
    ['DATABASE_URL', `${stack.database.url}_not_there`],
    ['DATABASE_URL', stack.database.url.replace('postgresql:', 'mysql:')],
    ['NATS_URL', stack.nats.url.replace(/:\d+$/, ':1')],
    ['NATS_URL', stack.nats.url.replace('nats:', 'http:')],
  ] as const;
  const launched = misconfigured.map(([name, wrong]) =>
    RunningService.launch('gateway', { ...environment, [name]: wrong }),
  );
  await Promise.race([Promise.all(launched.map((service) => service.ended())), sleep(8_000)]);
  noteArguments();
  await Promise.all(launched.map((service) => service.stop('SIGKILL')));
  for (const [no, service] of launched.entries()) said.set(`misconfigured gateway ${no}`, service.log);

  // Faults of what services stand on.
  await stack.postgres.restart('immediate');
  await stack.nats.restart({ wiped: true, killed: true });
  await until('the gateway is back', 60_000, async () => (await call('/health/ready', '')).status === 200);
  await stack.service('broker-1').kill();
  await cli('ls');
  noteArguments();
  await worker.stop();

  await noteDatabase();
  for (const name of ['gateway-1', 'broker-1', 'transformer-1']) said.set(`log of ${name}`, stack.service(name).log);
  said.set('log of the worker', worker.log);
  said.set('log of PostgreSQL', stack.postgres.log);
  said.set('log of NATS', stack.nats.log);

  const hits = [...said].flatMap(([place, text]) =>
    [...secrets].flatMap(([name, secret]) =>
      formsOf(secret).some((form) => form.length >= 16 && text.includes(form)) ? [`${name} in ${place}`] : [],
    ),
  );
  expect(hits).toEqual([]);
  expect([...secrets.values()].every((secret) => secret.length >= 16)).toBe(true);
  expect(secrets.size).toBe(9);
  expect([...said.values()].join('').length).toBeGreaterThan(20_000);
}, 300_000);
