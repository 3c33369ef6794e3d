/** Goal: what a broker grants fits what the worker said is free, in the database as well. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { LeaseAnswer } from '#contracts';
import { LeaseDesk } from '#engine';
import { EngineRig, startTestPostgres, type TestPostgres } from '#test-kit';

let postgres: TestPostgres;
let rig: EngineRig;
let nowMs = 0;

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop());
beforeEach(async () => {
  rig = await EngineRig.open(postgres);
});
afterEach(() => rig.close());

const gib = 1_024;
const worker = { cores: 4, memoryMib: 8 * gib };
const newDesk = (): LeaseDesk =>
  new LeaseDesk({ store: rig.leases, newToken: () => randomUUID().replaceAll('-', ''), nowMs: () => nowMs });

interface Asking {
  free?: { cores?: number; memoryMib?: number; gpus?: number; diskMib?: number };
  walltimeLeftSec?: number;
  max?: number;
}

/** One ask and as many rounds as there are. @returns how many jobs of each label; the worker goes on waiting without any. */
async function ask(desk: LeaseDesk, session: string, { free, walltimeLeftSec, max = 100 }: Asking = {}) {
  const request = { session, requestId: randomUUID(), again: false, max };
  desk.wait('gateway', [{ ...request, free: { ...worker, ...free, walltimeLeftSec: walltimeLeftSec ?? null } }]);
  await desk.sweep();
  const labels: Record<string, number> = {};
  for (let more = true; more;) {
    const round = await desk.serve();
    more = round.more;
    for (const { body } of round.answers) {
      const { tasks, jobs } = LeaseAnswer.parse(JSON.parse(body));
      for (const { task } of jobs) {
        const { label = '' } = tasks[task] ?? {};
        labels[label] = (labels[label] ?? 0) + 1;
      }
    }
  }
  return labels;
}

interface Size {
  cores?: number;
  memory?: number;
  disk?: number;
  usualSec?: number;
}

/** Ready jobs of labels of which each is a class of its own; a usual time is one that has been measured. */
async function submit(labels: Record<string, Size & { jobs: number }>): Promise<void> {
  for (const [label, { jobs, cores = 1, memory = 1, disk = 0, usualSec }] of Object.entries(labels)) {
    const workflowNo = await rig.submit({ jobs: Array.from({ length: jobs }, () => ({ label })) });
    await rig.query(
      `with made as (
         insert into ready_class (key, transform, cores, memory_mib, gpus, disk_mib, walltime_sec, sites, mode)
         values ($1, 'noop', $2, $3, 0, $4, null, '{}', 'auto') returning id),
       named as (update task set class_id = made.id from made where workflow_id = $5)
       update ready set class_id = made.id from made where workflow_id = $5`,
      [label, cores, memory, disk, workflowNo],
    );
    if (usualSec === undefined) continue;
    await rig.query('update task set run_count = 10, run_ms_total = $2 where workflow_id = $1', [
      workflowNo,
      usualSec * 10_000,
    ]);
  }
}

test('4 cores and 8 GiB are filled with one large job and three small ones, not with four that do not fit', async () => {
  await submit({
    small: { jobs: 50, memory: gib, usualSec: 600 },
    large: { jobs: 50, memory: 4 * gib, usualSec: 600 },
  });
  const session = await rig.register(worker);
  const withEnd = { walltimeLeftSec: 10_000 }; // so that the broker looks how long they take
  expect(await ask(newDesk(), session, withEnd)).toEqual({ large: 1, small: 3 });
  const left = { cores: 2, memoryMib: 5 * gib };
  expect(await ask(newDesk(), session, { ...withEnd, free: left })).toEqual({ large: 1, small: 1 });
  expect(await rig.faults()).toEqual([]);
});

test('a broker that knows a label to take long gives what fits in what is free, and one besides to who has nothing', async () => {
  await submit({ long: { jobs: 100, memory: gib, usualSec: 600 } });
  const session = await rig.register(worker);
  const desk = newDesk();
  const first = await ask(desk, session, { max: 1 });
  expect(first).toEqual({ long: 1 }); // from now on it knows
  expect(await ask(desk, session, { free: { cores: 3, memoryMib: 2 * gib } })).toEqual({ long: 2 });
  expect(await ask(desk, session, { free: { cores: 0 } })).toEqual({ long: 1 });
  expect(await ask(desk, session, { free: { cores: 4 } })).toEqual({ long: 4 });
  expect(await rig.faults()).toEqual([]);
});

test('short jobs come for ten seconds of the whole worker, up to what it asks for', async () => {
  await submit({ short: { jobs: 500, usualSec: 1 } });
  const session = await rig.register(worker);
  const desk = newDesk();
  await ask(desk, session, { max: 1 });
  expect(await ask(desk, session, { max: 30 })).toEqual({ short: 30 });
  expect(await ask(desk, session, { max: 100 })).toEqual({ short: 44 });
  expect(await ask(desk, session, { free: { cores: 0 }, max: 100 })).toEqual({ short: 40 });
});

test('disk that is taken is not given again, and whoever has it is given the job in its place', async () => {
  await submit({ disky: { jobs: 3, disk: 600 } });
  const [one, other] = [
    await rig.register({ ...worker, diskMib: 1_000 }),
    await rig.register({ ...worker, diskMib: 1_000 }),
  ];
  const desk = newDesk();
  expect(await ask(desk, one, { free: { diskMib: 500 } })).toEqual({});
  expect(await ask(desk, other)).toEqual({ disky: 2 });
});

test('what usually outlasts the time that a worker has left is not granted it, by a broker that has seen none of it', async () => {
  await submit({ hour: { jobs: 5, usualSec: 3_600 }, minute: { jobs: 5, usualSec: 60 } });
  const session = await rig.register(worker);
  expect(await ask(newDesk(), session, { walltimeLeftSec: 3_700 })).toEqual({ minute: 4 });
  expect(await ask(newDesk(), session, { walltimeLeftSec: 6_000 })).toEqual({ hour: 4 });
});

test('a wide job that others pass for ten seconds has room kept for it; before, a core that is free is used', async () => {
  await submit({ wide: { jobs: 1, cores: 4, usualSec: 600 }, narrow: { jobs: 50, usualSec: 600 } });
  const session = await rig.register(worker);
  const desk = newDesk();
  const oneCore = { free: { cores: 1 }, max: 4 };
  const served: string[] = [];
  for (let no = 0; no < 8 && !served.includes('wide'); no += 1) {
    const labels = await ask(desk, session, oneCore);
    served.push(...Object.keys(labels));
    nowMs += 3_000;
  }
  expect(served).toEqual(['narrow', 'narrow', 'narrow', 'narrow', 'wide']);
});

test('a worker that waits with too little free is given the job when it asks with more', async () => {
  await submit({ wide: { jobs: 1, cores: 3 } });
  const session = await rig.register(worker);
  const desk = newDesk();
  expect(await ask(desk, session, { free: { cores: 2 } })).toEqual({});
  expect(await desk.serve()).toEqual({ answers: [], more: false }); // and nothing spins
  expect(await ask(desk, session, { free: { cores: 3 } })).toEqual({ wide: 1 });
});
