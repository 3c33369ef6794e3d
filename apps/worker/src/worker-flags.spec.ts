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

test('GPUs are a number or their ids, and none is named twice', () => {
  const gpus = (text: string) => workerFlags(['--gpus', text], env)?.gpuIds;
  expect(workerFlags([], env)).toMatchObject({ gpuIds: null, diskMib: null });
  expect([gpus('0'), gpus('3'), gpus('3,'), gpus('GPU-7f,3')]).toEqual([[], ['0', '1', '2'], ['3'], ['GPU-7f', '3']]);
  for (const bad of ['3,3', '1,,', '', '$(id),1']) expect(() => gpus(bad)).toThrow('--gpus must be a number');
});
