// Goal: with the sandbox on, as on any machine that has bubblewrap, a person's own programs and files work where the
// person works, and the rest of the home stays hidden. Whoever lacks something is told what opens it.
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findTestBwrap, makeTestFolder } from '#test-kit';
import { SluiceCommand } from './sluice-command.js';

const testMsMax = 120_000;
const bwrap = await findTestBwrap();
if ('missing' in bwrap) process.stderr.write(`no sandbox is tried, since none works here: ${bwrap.missing}\n`);
const sandboxTest = 'missing' in bwrap ? test.skip : test;

const folder = makeTestFolder('e2e-sandbox');
const home = join(realpathSync(folder.path), 'home', 'ann');
const [analysis, night] = [join(home, 'analysis'), join(home, 'night')];
const env = { HOME: home, SLUICE_SANDBOX: 'required', SLUICE_BWRAP: 'path' in bwrap ? bwrap.path : '' };
/** The state folder lies where jobs may write. */
const stateDir = join(analysis, 'state');
const inFolder = (cwd: string): SluiceCommand => new SluiceCommand(stateDir, { cwd, env });

function file(path: string, text: string): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

beforeAll(async () => {
  if ('missing' in bwrap) return;
  file(join(analysis, 'measure.sh'), '. ./constants.sh; echo "flux $ZERO" | tee flux.txt; ls ~ /job');
  file(join(analysis, 'constants.sh'), 'ZERO=27');
  file(join(home, '.ssh', 'id_ed25519'), 'a key');
  file(join(home, 'letters', 'private.txt'), 'a letter');
  const up = await inFolder(analysis).run('up', '--port', '0', '--workers', '2', '--cores', '1');
  if (up.code !== 0) throw new Error(up.stderr);
}, testMsMax);

afterAll(async () => {
  if (!('missing' in bwrap)) await inFolder(analysis).run('down');
  folder.remove();
}, testMsMax);

sandboxTest(
  'a program is found in the folder where sluice is called, with what it reads there, and what it writes stays there',
  async () => {
    const ended = await inFolder(analysis).run('exec', '--', 'sh', 'measure.sh');
    expect([ended.code, ended.stdout]).toEqual([0, expect.stringContaining('| flux 27')]);
    expect(readFileSync(join(analysis, 'flux.txt'), 'utf8')).toBe('flux 27\n');
  },
  testMsMax,
);

sandboxTest(
  'jobs of a document read and write beside it, wherever it was submitted from',
  async () => {
    const document = file(
      join(night, 'night.yaml'),
      `apiVersion: sluice/v1
name: night
templates:
  stack: { command: { argv: [sh, stack.sh, '{n}'], cwd: '${night}' } }
jobs:
  - { name: one, template: stack, vars: { n: '1' } }
  - { name: two, template: stack, vars: { n: '2' } }
`,
    );
    file(join(night, 'stack.sh'), 'cp image.fits stacked-$1.fits');
    file(join(night, 'image.fits'), 'stars');
    const ended = await inFolder(analysis).run('run', document);
    expect([ended.code, ended.stderr]).toEqual([0, expect.anything()]);
    expect(readFileSync(join(night, 'stacked-2.fits'), 'utf8')).toBe('stars');
  },
  testMsMax,
);

sandboxTest(
  "the rest of the home, its keys and the stack's own folder are not seen; a failure names what opens a path",
  async () => {
    const here = inFolder(analysis);
    const letter = join(home, 'letters', 'private.txt');
    const refused = await here.run('exec', '--', 'cat', letter);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining(`e1, sandbox: jobs do not see ${letter} here`),
    ]);
    expect(refused.stdout).not.toContain('a letter');
    const line = `cat ${home}/.ssh/* ${stateDir}/token ${stateDir}/stack.json; ls -A ${stateDir} ${home}; :`;
    const seen = await here.run('exec', '-o', 'json', '--', 'sh', '-c', line);
    const said = (await here.run('jobs', 'last', '-o', 'json')).stdout;
    expect([seen.code, said]).toEqual([0, expect.stringContaining('analysis')]);
    expect(said).not.toMatch(/a key|letters|postgresql:|workers/);
    expect(said).not.toContain(readFileSync(join(stateDir, 'token'), 'utf8').trim());
  },
  testMsMax,
);

sandboxTest(
  'called in the home itself nothing of it is opened, and it is said where jobs start instead',
  async () => {
    const ended = await inFolder(home).run('exec', '--', 'sh', '-c', `pwd; ls ${home}/letters`);
    expect(ended.stderr).toContain(`jobs start in an empty folder, not in ${home}: a home as a whole stays hidden`);
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('SLUICE_BIND')]);
  },
  testMsMax,
);

sandboxTest(
  'a dry run tells what jobs would see, and opens nothing',
  async () => {
    mkdirSync(join(home, 'other'));
    const dry = await inFolder(join(home, 'other')).run('exec', '--dry-run', '--', 'true');
    expect(dry.stdout).toContain(`jobs may write  ${home}`.slice(0, 60));
    expect(readFileSync(join(stateDir, 'opened-folders'), 'utf8')).not.toContain(join(home, 'other'));
    expect(existsSync(join(home, 'other', 'state'))).toBe(false);
  },
  testMsMax,
);
