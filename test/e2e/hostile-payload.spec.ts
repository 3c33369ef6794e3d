// Goal: a job that looks for tokens and for what others have, on a real stack that lies where it works, finds neither: all that it
// can read is searched for every secret of the stack, and with the network of the machine it is nobody to every server.
import { mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findTestBwrap, makeTestFolder } from '#test-kit';
import { SluiceCommand } from './sluice-command.js';

const testMsMax = 240_000;
const bwrap = await findTestBwrap();
if ('missing' in bwrap) process.stderr.write(`no payload is tried, since no sandbox works here: ${bwrap.missing}\n`);
const sandboxTest = 'missing' in bwrap ? test.skip : test;

const folder = makeTestFolder('e2e-hostile');
const home = join(realpathSync(folder.path), 'ann');
const lair = join(home, 'lair');
const loot = join(lair, 'loot');
const stateDir = join(lair, 'state');
const ownSecret = `of-a-neighbour-${process.pid}`;
const env = { HOME: home, SLUICE_SANDBOX: 'required', SLUICE_BWRAP: 'path' in bwrap ? bwrap.path : '' };
const sluice = new SluiceCommand(stateDir, { cwd: lair, env });

interface Stack {
  url: string;
  controlPort: number;
  postgres: { url: string };
  nats: { url: string };
}

const stack = (): Stack => JSON.parse(readFileSync(join(stateDir, 'stack.json'), 'utf8')) as Stack;
/** Every word that lets its holder in somewhere, by where it is kept. */
function secrets(): Record<string, string> {
  const kept = readdirSync(stateDir).filter((name) => name === 'token' || name.endsWith('.secret'));
  const words = kept.map((name): [string, string] => [name, readFileSync(join(stateDir, name), 'utf8').trim()]);
  const { postgres, nats } = stack();
  const inUrls = [postgres.url, nats.url].map((url): [string, string] => [
    new URL(url).protocol,
    new URL(url).password,
  ]);
  return { ...Object.fromEntries([...words, ...inUrls].filter(([, word]) => word !== '')), neighbour: ownSecret };
}

/** All that a program can think of, into one file: more is better. */
const search = `
exec 2>/dev/null
env; set
cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline /proc/[0-9]*/maps /proc/self/mountinfo /proc/self/cgroup /proc/net/unix /proc/sysvipc/*
for fd in /proc/[0-9]*/fd/*; do case $(readlink "$fd") in ${loot}*|pipe:*) continue ;; esac; timeout 0.2 head -c 100000 "$fd"; done
for pid in /proc/[0-9]*; do timeout 0.2 cat "$pid/mem" "$pid/root${stateDir}/token" "$pid/cwd/../token"; done
cat ${stateDir}/token ${stateDir}/*.secret ${stateDir}/stack.json ${stateDir}/logs/* ${stateDir}/workers/*/* ${stateDir}/../state/token
ln -s ${stateDir}/token link; cat link; cat /job/../token /job/../../token
(exec 3<>/dev/tty && echo "a terminal: $((6 * 7))")
ulimit -c unlimited; sh -c 'kill -SEGV $$'; timeout 5 find /job ${lair} /tmp -name 'core*' -type f -exec cat {} +
timeout 30 find / -xdev -type f -size -64k -readable ! -path '/usr/*' ! -path '/lib*' ! -path '/opt/*' ! -path '*/dist/*' ! -path '*/.git/*' ! -path '*/node_modules/*' ! -path '${loot}*' -exec cat {} +
timeout 30 find /tmp /var /dev /run /home /root /job ${home} ${stateDir} -type f -size -64k ! -path '*/node_modules/*' ! -path '*/dist/*' ! -path '*/.git/*' ! -path '${loot}*' -exec cat {} +
`;

/** What a server says to these bytes. */
const knock = (port: number, bytes: string): string =>
  `(exec 3<>/dev/tcp/127.0.0.1/${port} && printf '${bytes}' >&3 && timeout 3 cat <&3 | head -c 4000)`;

beforeAll(async () => {
  if ('missing' in bwrap) return;
  mkdirSync(loot, { recursive: true });
  const up = await sluice.run('up', '--port', '0', '--workers', '2', '--cores', '2');
  if (up.code !== 0) throw new Error(up.stderr);
}, testMsMax);

afterAll(async () => {
  if (!('missing' in bwrap)) await sluice.run('down');
  folder.remove();
}, testMsMax);

/** A workflow of programs that run at the same time. @returns what it said and ended with */
async function run(name: string, programs: Record<string, { script: string; network?: boolean }>) {
  const templates: Record<string, object> = {};
  for (const [job, { script, network = false }] of Object.entries(programs)) {
    writeFileSync(join(lair, `${job}.sh`), script);
    templates[job] = { command: { argv: ['bash', join(lair, `${job}.sh`)], network } };
  }
  const jobs = Object.keys(programs).map((job) => ({ name: job, template: job }));
  const file = join(lair, `${name}.yaml`);
  writeFileSync(file, JSON.stringify({ apiVersion: 'sluice/v1', name, templates, jobs }));
  return sluice.run('run', file);
}

sandboxTest(
  'all that a job reads, beside a neighbour that hides nothing, holds no secret',
  async () => {
    const neighbour = `
export CANARY=${ownSecret}
echo ${ownSecret} | tee /tmp/mine /dev/shm/mine /job/mine
ipcmk -M 4096
touch ${loot}/there
bash -c 'for i in $(seq 600); do test -e ${loot}/done && exit; sleep 0.1; done' ${ownSecret}
`;
    const thief = `
for i in $(seq 300); do test -e ${loot}/there && break; sleep 0.1; done
{ ${search} } | head -c 100000000 > ${loot}/all
touch ${loot}/done
exit 0
`;
    const ended = await run('search', { neighbour: { script: neighbour }, thief: { script: thief } });
    expect([ended.code, ended.stderr]).toEqual([0, expect.anything()]);
    const found = readFileSync(join(loot, 'all'), 'latin1');
    process.stderr.write(`a hostile job read ${found.length} bytes\n`);
    expect(found.length).toBeGreaterThan(10_000);
    expect(found.includes('PATH=')).toBe(true);
    const words = secrets();
    expect(Object.keys(words).length).toBeGreaterThan(3);
    // The neighbour's script lies where both work; what it made of it does not.
    const scriptFree = found.replaceAll(readFileSync(join(lair, 'neighbour.sh'), 'latin1'), '');
    const { neighbour: theirs = '', ...ours } = words;
    expect(Object.entries(ours).filter(([, word]) => found.includes(word)).map(([where]) => where)).toEqual([]); // prettier-ignore
    expect(scriptFree.includes(theirs)).toBe(false);
    expect(found.includes('a terminal: 42')).toBe(false);
  },
  testMsMax,
);

sandboxTest(
  'with the network of the machine it is nobody to the gateway, PostgreSQL, NATS and the supervisor',
  async () => {
    const { url, controlPort, postgres, nats } = stack();
    const port = (at: string): number => Number(new URL(at).port);
    const get = (path: string): string => `GET ${path} HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n`;
    // Protocol 3.0, user sluice, database postgres; what asks for a password says R, 23 bytes or so, 10 (SASL).
    const startup = '\\0\\0\\0\\047\\0\\003\\0\\0user\\0sluice\\0database\\0postgres\\0\\0';
    const doors: Record<string, string> = {
      workflows: knock(port(url), get('/api/v1/workflows')),
      spaces: knock(port(url), get('/api/v1/spaces')),
      lease: knock(
        port(url),
        'POST /worker/v1/lease HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\n{}',
      ),
      nats: knock(port(nats.url), 'CONNECT {}\\r\\n'),
      // It closes before all is read, which may take away what it said.
      subscribe: knock(port(nats.url), 'CONNECT {}\\r\\nPING\\r\\nSUB > 1\\r\\n'),
      postgres: `${knock(port(postgres.url), startup)} | od -An -c | tr -d ' \\n'`,
      control: knock(controlPort, '{"stop":true}\\nstop\\ndown\\nGET /token HTTP/1.0\\r\\n\\r\\n'),
    };
    const script = Object.entries(doors).map(([name, line]) => `${line} > ${loot}/${name} 2>&1`).join('\n'); // prettier-ignore
    const ended = await run('knock', { knock: { script: `${script}\nexit 0`, network: true } });
    expect([ended.code, ended.stderr]).toEqual([0, expect.anything()]);
    const said = (name: string): string => readFileSync(join(loot, name), 'latin1');
    for (const name of ['workflows', 'spaces', 'lease']) expect(said(name)).toMatch(/^HTTP\/1\.1 401 /);
    expect(said('nats')).toContain('Authorization Violation');
    expect(said('subscribe')).not.toMatch(/PONG|MSG/);
    expect(said('postgres')).toMatch(/^R.*SCRAM-SHA-256/);
    for (const word of Object.values(secrets()))
      for (const name of Object.keys(doors)) expect(said(name)).not.toContain(word);
    const alive = await sluice.run('ls', '-o', 'id');
    expect([alive.code, alive.stdout.trim().split('\n').length]).toEqual([0, 2]);
  },
  testMsMax,
);
