import { expect, test } from '@jest/globals';
import { BadFlag, workerFlags } from './worker-flags.js';

const env = { SLUICE_URL: 'http://127.0.0.1:7070', SLUICE_TOKEN_FILE: '/t', SLUICE_SITE: 'USDF' };

test('the environment is enough, and flags win over it', () => {
  expect(workerFlags([], env)).toMatchObject({ url: env.SLUICE_URL, tokenFile: '/t', site: 'USDF', walltimeSec: null });
  const argv = [
    '--url',
    'https://sluice.example',
    '--site',
    'FrDF',
    '--cores',
    '3',
    '--tags',
    'os=el9',
    '--tags',
    'a=b=c',
  ];
  expect(workerFlags(argv, env)).toMatchObject({
    ...{ url: 'https://sluice.example', site: 'FrDF', cores: 3, tags: { os: 'el9', a: 'b=c' } },
  });
});

test('unless told otherwise it offers what this machine has', () => {
  const flags = workerFlags([], env);
  expect(flags?.cores).toBeGreaterThanOrEqual(1);
  expect(flags?.memoryMib).toBeGreaterThan(10);
});

test.each([
  [['--cores', '0'], '--cores'],
  [['--cores', '1.5'], '--cores'],
  [['--memory-mib', 'much'], '--memory-mib'],
  [['--tags', 'novalue'], '--tags'],
  [['--keep-folders', 'some'], '--keep-folders'],
  [['--resend-sec', '1'], '--resend-sec'],
  [['--url', 'ftp://x'], '--url'],
  [['--url', 'http://:port'], '--url'],
  [['--proxy', 'ftp://x'], '--proxy'],
  [['--nonsense'], '--nonsense'],
  [['stray'], 'stray'],
])('%j is refused by name', (argv, name) => {
  expect(() => workerFlags(argv, env)).toThrow(BadFlag);
  expect(() => workerFlags(argv, env)).toThrow(name);
});

test('without an address or a token file it says which is missing', () => {
  expect(() => workerFlags([], {})).toThrow('SLUICE_URL');
  expect(() => workerFlags([], { SLUICE_URL: env.SLUICE_URL })).toThrow('SLUICE_TOKEN_FILE');
  expect(workerFlags(['--help'], {})).toBeNull();
});

test('a proxy comes from its flag, else from the environment, and never for loopback unless it is told outright', () => {
  const proxyOf = (argv: string[], more: Record<string, string>): string | undefined =>
    workerFlags(argv, { ...env, ...more })?.proxy?.url.origin;
  const squid = 'http://squid:3128';
  expect(proxyOf([], { HTTP_PROXY: squid })).toBeUndefined();
  expect(proxyOf([], { SLUICE_URL: 'http://gw.example', HTTP_PROXY: squid })).toBe(squid);
  expect(proxyOf([], { SLUICE_URL: 'http://gw.example', HTTP_PROXY: squid, NO_PROXY: 'example' })).toBeUndefined();
  expect(proxyOf(['--proxy', squid], {})).toBe(squid);
  expect(proxyOf(['--proxy', 'none'], { SLUICE_PROXY: squid })).toBeUndefined();
});

test('what its programs see besides the system, and whether they must run in a sandbox, is said by flags', () => {
  const seen = (argv: string[], more = {}) => workerFlags(argv, { ...env, ...more });
  expect(seen([])).toMatchObject({ sandbox: null, binds: [], network: 'asked' });
  expect(seen(['--sandbox', 'required', '--bind', '/usr', '--bind', '/tmp/:rw', '--network', 'always'])).toMatchObject({
    ...{ sandbox: 'required', network: 'always' },
    binds: [
      { path: '/usr', writable: false },
      { path: '/tmp', writable: true },
    ],
  });
  const variables = { SLUICE_SANDBOX: 'off', SLUICE_BIND: '/usr:/tmp:rw' };
  expect(seen([], variables)).toMatchObject({
    sandbox: 'off',
    binds: [{ path: '/usr' }, { path: '/tmp', writable: true }],
  });
  for (const wrong of [
    ['--sandbox', 'on'],
    ['--network', 'no'],
    ['--bind', 'usr'],
    ['--bind', '/'],
    ['--bind', '/no/such'],
  ])
    expect(() => seen(wrong)).toThrow(BadFlag);
});

test('GPUs are a number or their ids, and none is named twice', () => {
  const gpus = (text: string) => workerFlags(['--gpus', text], env)?.gpuIds;
  expect(workerFlags([], env)).toMatchObject({ gpuIds: null, diskMib: null });
  expect([gpus('0'), gpus('3'), gpus('3,'), gpus('GPU-7f,3')]).toEqual([[], ['0', '1', '2'], ['3'], ['GPU-7f', '3']]);
  for (const bad of ['3,3', '1,,', '', '$(id),1']) expect(() => gpus(bad)).toThrow('--gpus must be a number');
});
