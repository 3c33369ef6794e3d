/**
 * Goal: an upload that is broken at any byte, in any direction, by the network or by the gateway's death, becomes the
 * workflow that it would have become unbroken, once. SEED repeats a schedule of cuts.
 */
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SluiceClient, type SubmitAnswer, type SubmitOptions } from '#client';
import { chunksOf, readDocument } from '#documents';
import { DocumentHeader } from '#contracts';
import { fated, type Meddler, Random, TestStack, TrialLine } from '#test-kit';

const seed = Number(process.env['SEED'] ?? 20_260_101);
const rounds = 20;
const jobCount = 1_500;
/** Small, so that there are many: 25 chunks or so. */
const cut = { bytes: 8_000, jobs: 200 };

let stack: TestStack;
let whole: string;
beforeAll(async () => {
  stack = await TestStack.start({});
  whole = await contentOf(await submit(stack.urls[0] ?? '', 'unbroken'));
}, 120_000);
afterAll(() => stack.stop(), 60_000);

function documentOf(name: string): Buffer {
  const header = { apiVersion: 'sluice/v1', name, templates: { work: { transform: 'noop' } }, jobCount };
  const lines = Array.from({ length: jobCount }, (_, i) => {
    const after = [i - 1, Math.floor(i / 2), `job_${i - 7}`].slice(0, Math.min(i, 3)).filter((parent) => parent !== i);
    return {
      name: `job_${i}`,
      label: `l${i % 3}`,
      after: i < 7 ? after.slice(0, 1) : after,
      vars: { x: 'é'.repeat(i % 40) },
    };
  });
  return Buffer.from([header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(''));
}

async function submit(url: string, name: string, options: SubmitOptions = {}): Promise<SubmitAnswer> {
  const client = new SluiceClient({ url, token: stack.token });
  try {
    const document = await readDocument(Readable.from([documentOf(name)]));
    const header = DocumentHeader.parse(document.header);
    return await client.submit({ header, chunks: chunksOf(document, cut) }, options);
  } finally {
    await client.close();
  }
}

/** All that a workflow is, but for its name and number. */
async function contentOf({ id, state, refusal }: SubmitAnswer): Promise<string> {
  expect([state, refusal]).toEqual(['sealed', null]);
  const [row] = await stack.rows<{ content: string }>(
    `select md5(concat(
       (select string_agg(concat_ws(':', j.ordinal, j.name, j.spec, t.label), ',' order by j.ordinal)
          from job j join task t on t.workflow_id = j.workflow_id and t.ordinal = j.task where j.workflow_id = w.id),
       (select string_agg(concat_ws(':', e.ordinal, e.on_success), ',' order by e.ordinal)
          from job_edge e where e.workflow_id = w.id),
       (select string_agg(concat_ws(':', s.ordinal, s.state, s.parents_left), ',' order by s.ordinal)
          from job_state s where s.workflow_id = w.id)
     )) as content from workflow w where w.public_id = $1 and w.job_count = ${jobCount}`,
    [id],
  );
  return row?.content ?? 'no such workflow';
}

/** Most connections break: early in the head of a request or of an answer, or somewhere in a chunk. */
function meddlerOf(random: Random): Meddler | null {
  if (random.once(4)) return null;
  const way = random.pick(['to', 'from'] as const);
  const reach = way === 'to' ? random.pick([300, 9_000, 60_000]) : random.pick([50, 400, 3_000]);
  return fated({ way, bytes: random.below(reach), then: 'cut' });
}

test(`connections cut at any byte: the workflow is whole, and there is one (seed ${seed})`, async () => {
  const random = new Random(seed);
  const proxy = await TrialLine.start(stack.urls[0] ?? '');
  proxy.meddlerOf = () => meddlerOf(random);
  try {
    for (let round = 0; round < rounds; round++) {
      const answer = await submit(proxy.url, `cut-${round}`);
      expect({ round, content: await contentOf(answer) }).toEqual({ round, content: whole });
    }
    expect(proxy.broken).toBeGreaterThan(rounds * 3);
  } finally {
    await proxy.stop();
  }
  const made = await stack.rows<{ n: number }>("select count(*)::int as n from workflow where name like 'cut-%'");
  expect(made).toEqual([{ n: rounds }]);
}, 240_000);

test('a gateway killed in the middle is waited for, and the workflow is whole', async () => {
  const gateway = stack.service('gateway-1');
  let kills = 0;
  const answer = await submit(stack.urls[0] ?? '', 'killed', {
    onProgress: ({ jobs, sealing }) => {
      if (sealing || jobs < (kills + 1) * (jobCount / 3)) return;
      kills += 1;
      void gateway.kill();
    },
  });
  expect(kills).toBeGreaterThan(0);
  expect(await contentOf(answer)).toBe(whole);
  expect(gateway.starts).toBeGreaterThan(1);
}, 120_000);

test('a chunk with other content under the same number is refused, and the upload is as before', async () => {
  const client = new SluiceClient({ url: stack.urls[0] ?? '', token: stack.token });
  const put = async (id: string, body: string): Promise<number> => {
    const answer = await fetch(`${client.url}/api/v1/workflows/${id}/chunks/0?firstOrdinal=0`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${stack.token}`, 'content-type': 'application/x-ndjson' },
      body,
    });
    return answer.status;
  };
  const header = DocumentHeader.parse({
    apiVersion: 'sluice/v1',
    name: 'other',
    templates: { t: { transform: 'noop' } },
  });
  let id = '';
  async function* chunks() {
    const body = '{"name":"a"}\n';
    expect([await put(id, body), await put(id, body)]).toEqual([200, 200]);
    expect(await put(id, '{"name":"b","label":"other"}\n')).toBe(409);
    yield* chunksOf(await readDocument(Readable.from([Buffer.from(`${JSON.stringify(header)}\n${body}`)])));
  }
  const answer = await client.submit({ header, chunks: chunks() }, { onOpened: (upload) => void ({ id } = upload) });
  expect(answer.state).toBe('sealed');
  const tasks = 'select t.label from task t join workflow w on w.id = t.workflow_id where w.public_id = $1';
  expect(await stack.rows(tasks, [id])).toEqual([{ label: 't' }]);
  await client.close();
});
