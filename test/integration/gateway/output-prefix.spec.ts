// Goal: a space with an output prefix takes only documents whose outputs lie below it; a prefix can be judged by.
import { expect, test } from '@jest/globals';
import type { SpaceAnswer } from '#contracts';
import { call, jsonOf, ndjson, problemOf, putChunk } from './gateway-trial.js';

const setSpace = (name: string, outputPrefix: string | null): Promise<Response> =>
  call('PUT', `/api/v1/spaces/${name}`, { json: { outputPrefix } });

const open = (header: object): Promise<Response> =>
  call('POST', '/api/v1/workflows', {
    json: { apiVersion: 'sluice/v1', name: 'outputs', templates: { work: { transform: 'noop' } }, ...header },
  });

/** The codes and pointers of what is wrong with one job. */
async function faultsOf(job: object, header: object): Promise<[string, string][]> {
  const { id } = await jsonOf<{ id: string }>(open(header), 201);
  const answer = await putChunk(id, 0, `${JSON.stringify({ name: 'j', ...job })}\n`, ndjson);
  if (answer.ok) return [];
  const { errors = [] } = await problemOf(Promise.resolve(answer));
  return errors.map(({ code, pointer }) => [code, pointer]);
}

test.each(['/', 'data', '../data', '/data/..', 'file:///data', '/dev/shm', 's3:', '/a:b'])(
  'a prefix %j is refused and changes nothing',
  async (prefix) => {
    await jsonOf<SpaceAnswer>(setSpace('kept', '/kept'));
    expect(await problemOf(setSpace('kept', prefix))).toMatchObject({ status: 422, code: 'space/output-prefix' });
    expect(await jsonOf(call('GET', '/api/v1/spaces/kept'))).toMatchObject({ outputPrefix: '/kept' });
  },
);

test('no prefix lies below that of another space; two spaces may have the same', async () => {
  await jsonOf(setSpace('above', '/nest/a'));
  expect(await problemOf(setSpace('below', '/nest/a/b'))).toMatchObject({ code: 'space/output-prefix' });
  expect(await problemOf(setSpace('below', '/nest'))).toMatchObject({ code: 'space/output-prefix' });
  await jsonOf(setSpace('below', '/nest/a'));
  await jsonOf(setSpace('beside', '/nest/ab'));
  expect((await setSpace('above', '/nest/a/b')).status).toBe(422);
});

test('outputs are judged with their vars filled in, by name in the header or in the job', async () => {
  await jsonOf(setSpace('dp2', '/data/dp2'));
  const header = {
    space: 'dp2',
    files: {
      own: { uri: 'file:///data/dp2/own' },
      far: { uri: '/data/dp1/x' },
      each: { uri: '/data/dp2/{night}/{name}.{attempt}' },
    },
  };
  const inline = (uri: string): object => ({ outputs: [{ name: 'o', uri }] });
  expect(await faultsOf({ outputs: ['own'], inputs: ['far'] }, header)).toEqual([]);
  expect(await faultsOf({ outputs: ['own', 'far'] }, header)).toEqual([['PATH_OUTSIDE_SPACE', 'line 1, /outputs/1']]);
  expect(await faultsOf({ outputs: ['each'], vars: { night: '7' } }, header)).toEqual([]);
  expect(await faultsOf({ outputs: ['each'], vars: { night: '../dp1' } }, header)).toEqual([
    ['PATH_FORBIDDEN', 'line 1, /outputs/0'],
  ]);
  expect(await faultsOf({ outputs: ['each'], name: '../x', vars: { night: '7' } }, header)).toHaveLength(1);
  expect(await faultsOf(inline('/data/dp2/{attempt}/x'), header)).toEqual([]);
  expect(await faultsOf({ ...inline('/data/dp2/{attempt}/x'), vars: { attempt: '..' } }, header)).toEqual([
    ['PATH_FORBIDDEN', 'line 1, /outputs/0/uri'],
  ]);
  expect(await faultsOf({ ...inline('results/x'), inputs: [{ name: 'i', uri: '/etc/passwd' }] }, header)).toEqual([]);
  expect(await faultsOf({ outputs: [{ name: '/only/a/name' }] }, header)).toEqual([]);
});

test('the final job is judged when the upload is opened', async () => {
  await jsonOf(setSpace('fin', '/data/fin'));
  const final = { job: { outputs: [{ name: 'o', uri: '/data/other/x' }] } };
  const refusal = await problemOf(open({ space: 'fin', final }));
  expect(refusal).toMatchObject({ status: 422, code: 'document/refused' });
  expect(refusal.errors).toMatchObject([
    { code: 'PATH_OUTSIDE_SPACE', pointer: '/final/job/outputs/0/uri', job: 'final' },
  ]);
  expect((await open({ space: 'elsewhere', final })).status).toBe(201);
});

test('a space without a prefix asks nothing', async () => {
  const job = { outputs: [{ name: 'o', uri: '/u/ann/../bob' }] };
  expect(await faultsOf(job, { space: 'anywhere' })).toEqual([]);
});
