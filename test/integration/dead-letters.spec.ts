/** Goal: only what can never be applied is set aside, alone; what is put back counts once, or comes back with its reason. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { TerminalBatch } from '#contracts';
import { requeueLetters, StoreUnfit, type GrantedJob, type RequeuedLetter } from '#engine';
import { batchOf, EngineRig, startTestPostgres, type TestPostgres } from '#test-kit';

let postgres: TestPostgres;
let rig: EngineRig;
let session: string;

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop());
beforeEach(async () => {
  rig = await EngineRig.open(postgres);
  session = await rig.register({ worker: 'pilot-7' });
});
afterEach(() => rig.close());

const refuse77 = `
  create sequence refused;
  create table refusals_max (times int);
  create function refuse_77() returns trigger language plpgsql as $$
  begin
    if coalesce(new.exit_code, 0) = 77 and nextval('refused') <= (select times from refusals_max) then
      raise exception 'the trial refuses it';
    end if;
    return new;
  end $$;
  create trigger refuse_77 before insert on attempt for each row execute function refuse_77()`;

/** From now on PostgreSQL refuses the end of every attempt with exit code 77, so many times. */
async function refuseExit77(times: number): Promise<void> {
  await rig.client.query(refuse77);
  await rig.client.query('insert into refusals_max values ($1)', [times]);
}

const refusals = async (): Promise<number> => Number((await rig.query('select last_value from refused'))[0]?.[0]);

/** Ten jobs that end; the one at `odd` with exit code 77. */
async function tenEnds(odd: number): Promise<{ workflowNo: string; batch: TerminalBatch }> {
  const workflowNo = await rig.submit({ jobs: Array.from({ length: 10 }, () => ({})) });
  const jobs: GrantedJob[] = await rig.lease(session, 10);
  const ends = jobs.map((job, no) => ({ job, end: no === odd ? { exitCode: 77 } : {} }));
  return { workflowNo, batch: batchOf(session, ends) };
}

const letters = () => rig.dead.page({ after: '0', rows: 100 });

/** What was put back, as the transformer reads it. */
async function requeueAll(): Promise<RequeuedLetter[]> {
  const sent: RequeuedLetter[] = [];
  const ids = (await letters()).map(({ id }) => id);
  const send = (letter: RequeuedLetter): Promise<void> => Promise.resolve(void sent.push(letter));
  expect(await requeueLetters({ letters: rig.dead, send }, { ids })).toMatchObject({ done: ids, unknown: [] });
  return sent;
}

const batchesOf = ({ body }: RequeuedLetter): TerminalBatch[] =>
  (JSON.parse(Buffer.from(body).toString()) as { batches: TerminalBatch[] }).batches;

async function handle(sent: RequeuedLetter[]): Promise<void> {
  for (const letter of sent) {
    await rig.settle(batchesOf(letter));
    await rig.dead.handled([letter.id]);
  }
}

test('an item whose handling throws every time is alone in dead_letter after five tries; what is around it counts', async () => {
  await refuseExit77(1_000);
  const { workflowNo, batch } = await tenEnds(6);
  expect(await rig.settle(batch)).toMatchObject({ applied: 9, setAside: 1 });
  expect(await refusals()).toBe(3 + 5); // with ten, five and three of them; then alone
  const [workflow] = await rig.query('select public_id from workflow');
  expect(await letters()).toMatchObject([
    {
      ...{ times: 1, requeuedAt: null, stream: 'TERMINAL', reason: expect.stringContaining('the trial refuses it') },
      ...{ batchId: batch.batchId, session, worker: 'pilot-7', workflows: workflow, jobs: 1 },
    },
  ]);
  expect(await rig.census(workflowNo)).toEqual({ '2/0': 1, '3/0': 9 });
});

test('a refusal that passes costs nobody anything', async () => {
  await refuseExit77(3 + 4);
  const { workflowNo, batch } = await tenEnds(6);
  expect(await rig.settle(batch)).toMatchObject({ applied: 10, setAside: 0 });
  expect(await letters()).toEqual([]);
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test.each([
  [
    'a table that is not there',
    'alter table attempt rename to attempt_away',
    'alter table attempt_away rename to attempt',
  ],
  [
    'a column that is not there',
    'alter table task rename finished to away',
    'alter table task rename away to finished',
  ],
])('%s is no fault of a message: nothing is set aside, and all counts once it is back', async (_what, away, back) => {
  const { workflowNo, batch } = await tenEnds(-1);
  await rig.client.query(away);
  await expect(rig.settle(batch)).rejects.toBeInstanceOf(StoreUnfit);
  await rig.client.query(back);
  expect(await letters()).toEqual([]);
  expect(await rig.settle(batch)).toMatchObject({ applied: 10, setAside: 0 });
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test('what was put back and can be applied now counts once, and is gone', async () => {
  await refuseExit77(1_000);
  const { workflowNo, batch } = await tenEnds(2);
  await rig.settle(batch);
  await rig.client.query('drop trigger refuse_77 on attempt');
  const sent = await requeueAll();
  expect(await letters()).toMatchObject([{ requeuedAt: expect.stringMatching(/Z$/) }]); // its stream may still lose it
  await handle([...sent, ...sent]);
  expect(await letters()).toEqual([]);
  expect(await rig.census(workflowNo)).toEqual({ '3/0': 10 });
  expect(await rig.faults()).toEqual([]);
  expect(await judgedAndCounted()).toEqual([
    { batch: batch.batchId, events: 10, counted: 9, attempts: 9 },
    { batch: expect.not.stringContaining(batch.batchId), events: 1, counted: 1, attempts: 1 },
  ]);
});

/** Of each report what was judged to count, and what is in the books. */
async function judgedAndCounted(): Promise<unknown[]> {
  const rows = await rig.query(
    `select b.batch_id::text, b.events, b.events - cardinality(b.duplicate) - cardinality(b.stale),
      (select count(*)::int from attempt a where a.batch_id = b.batch_id)
    from batch_seen b order by b.events desc`,
  );
  return rows.map(([batch, events, counted, attempts]) => ({ batch, events, counted, attempts }));
}

test('what was put back and can not be applied is the same letter again, with its new reason', async () => {
  await refuseExit77(1_000);
  const { batch } = await tenEnds(2);
  await rig.settle(batch);
  const [first] = await letters();
  await rig.client.query(
    "create or replace function refuse_77() returns trigger language plpgsql as $$ begin raise exception 'now for this'; end $$",
  );
  await handle(await requeueAll());
  const again = await letters();
  expect(again).toMatchObject([
    { id: first?.id, times: 2, requeuedAt: null, reason: expect.stringContaining('now for this') },
  ]);
  expect(again[0]?.firstAt).toBe(first?.firstAt);
});

test('a letter that could not be sent is as it was; a dry run touches none', async () => {
  await refuseExit77(1_000);
  await rig.settle((await tenEnds(2)).batch);
  const [letter] = await letters();
  const ids = [letter?.id ?? '', '999'];
  const send = (): Promise<void> => Promise.reject(new Error('no stream'));
  const ports = { letters: rig.dead, send };
  expect(await requeueLetters(ports, { ids, dryRun: true })).toEqual({
    dryRun: true,
    done: [ids[0]],
    unknown: ['999'],
  });
  await expect(requeueLetters(ports, { ids })).rejects.toThrow('no stream');
  expect(await letters()).toEqual([letter]);
});

test('bytes that are no text are put back as they came', async () => {
  const body = Buffer.from([0, 0xff, 0x7b, 0xc3]);
  const about = { batchId: null, session: null, workflowNos: [], jobs: 0 };
  await rig.dead.add({ stream: 'TERMINAL', partition: 3, body, reason: 'not JSON', about });
  const [sent] = await requeueAll();
  expect(Buffer.from(sent?.body ?? []).equals(body)).toBe(true);
});
