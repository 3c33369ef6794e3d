// Goal: what stands behind `--` reaches the program as it is.
import { expect, test } from '@jest/globals';
import { fillPlaceholders, placeholderValues, type Template } from '#contracts';
import { chunksOf, checkHeader } from '#documents';
import { execHeader, execSource, type ExecWish } from './exec-source.js';

const wishOf = (argv: string[], more: Partial<ExecWish> = {}): ExecWish => ({ argv, env: {}, ...more });

function templateOf(wish: ExecWish): Template {
  const checked = checkHeader(execHeader(wish));
  if ('refusal' in checked) throw new Error(JSON.stringify(checked.refusal));
  return checked.header.document.templates['exec'] as unknown as Template;
}

/** What the program of one job gets. */
const given = (wish: ExecWish, ordinal: number): string[] =>
  (templateOf(wish).command?.argv ?? []).map((word) =>
    fillPlaceholders(word, placeholderValues({ vars: {}, attempt: 1, name: 'n', ordinal })),
  );

async function jobsOf(wish: ExecWish): Promise<unknown[]> {
  const lines: unknown[] = [];
  for await (const { body } of chunksOf(await execSource(wish).open())) {
    for (const line of body.toString('utf8').trimEnd().split('\n')) lines.push(JSON.parse(line));
  }
  return lines;
}

test('braces belong to the program: nothing in its arguments is filled in', () => {
  const argv = [
    'sh',
    '-c',
    'f() { echo "{name} {{x}} ${y} ${{z}} {ordinal} {attempt}"; }',
    '{ordinal}',
    '',
    '--',
    '-x',
  ];
  expect(given(wishOf(argv), 3)).toEqual(argv);
});

test('with a count {ordinal} tells the jobs apart, doubled braces write it, and all else stays', () => {
  const argv = ['echo', '{ordinal}', 'a{ordinal}b', '{{ordinal}}', '{name}', '{{name}}', '${ordinal}'];
  expect(given(wishOf(argv, { count: 9 }), 4)).toEqual([
    ...['echo', '4', 'a4b', '{ordinal}', '{name}', '{{name}}', '${ordinal}'],
  ]);
});

test('the environment is as literal as the arguments', () => {
  const { env } = templateOf(wishOf(['x'], { env: { A: '{name}', B: '1=2' } }));
  const values = placeholderValues({ vars: {}, attempt: 1, name: 'n', ordinal: 0 });
  expect(Object.entries(env).map(([key, value]) => [key, fillPlaceholders(value, values)])).toEqual([
    ['A', '{name}'],
    ['B', '1=2'],
  ]);
});

test('one job has the name of its program; a count numbers them', async () => {
  expect(await jobsOf(wishOf(['/usr/bin/env', 'x']))).toEqual([{ name: 'env', label: 'env' }]);
  expect(await jobsOf(wishOf(['x'], { count: 2, name: 'n', label: 'l' }))).toEqual([
    { name: 'n-0', label: 'l' },
    { name: 'n-1', label: 'l' },
  ]);
});

test.each(['./my prog\n.sh', '/', '\u{1f300}/ ', '__proto__', 'x'.repeat(5_000)])(
  'a program of any name makes a workflow: %j',
  async (program) => {
    expect((await jobsOf(wishOf([program]))).length).toBe(1);
  },
);

test('resources and retries are those asked for, all others the usual ones', () => {
  const usual = templateOf(wishOf(['x']));
  expect(usual).toMatchObject({ resources: { cores: 1, memoryMib: 2_048, walltimeSec: null }, retry: { retries: 0 } });
  expect(templateOf(wishOf(['x'], { cores: 0.5, memoryMib: 100, walltimeSec: 60, retries: 2 }))).toMatchObject({
    resources: { cores: 0.5, memoryMib: 100, walltimeSec: 60 },
    retry: { retries: 2 },
  });
});

test('only a single job keeps its output', () => {
  expect(templateOf(wishOf(['x'])).params).toEqual({ keepOutput: true });
  expect(templateOf(wishOf(['x'], { count: 1 })).params).toBeUndefined();
});
