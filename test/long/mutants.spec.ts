/**
 * Goal: the random histories find what they are there for. Each statement, each rule of core here has lost one guard;
 * within a few narrow schedules the engine must differ from core's machine.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { queries } from '#adapter-postgres';
import {
  EngineRig,
  mutatedCore,
  mutatedDatabase,
  startTestPostgres,
  type CoreMutant,
  type StatementMutant,
  type TestPostgres,
} from '#test-kit';
import { playSchedule, type Mutated } from '../model/play-schedules.js';

/** So many schedules, from seed 1 on, every second seed: the narrow ones. */
const schedulesMax = 12;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop());

const statementMutants: [name: string, mutant: StatementMutant][] = [
  [
    'no fence by token',
    { statement: queries.settleAttempts, from: 'on l.id = t.id and l.token = t.token', to: 'on l.id = t.id' },
  ],
  ['no fence by attempt', { statement: queries.settleAttempts, from: 'and s.attempt = e.attempt', to: '' }],
  ['no guard of the state', { statement: queries.settleAttempts, from: 'and s.state = 2', to: '' }],
  [
    'no request id',
    {
      statement: queries.leaseGrant,
      from: '($2::text[])[l.worker_no]',
      to: "($2::text[])[l.worker_no] || '/' || l.lease_id",
    },
  ],
  [
    'prune and count-down apart',
    {
      statement: queries.settlePrune,
      from: `    select m.workflow_id, m.child as ordinal, 1 as edges, false as doomed from met m
    union all
    select d.workflow_id, d.ordinal, 0, true from doomed d
  ) c
  group by c.workflow_id, c.ordinal`,
      to: `    select m.workflow_id, m.child as ordinal, 1 as edges, false as doomed from met m
    union all
    select d.workflow_id, d.ordinal, 0, true from doomed d
  ) c
  group by c.workflow_id, c.ordinal, c.doomed`,
    },
  ],
];

const coreMutants: [name: string, mutant: CoreMutant][] = [
  ['no fence by token', { file: 'judge-end', from: '&& a.token === b.token', to: '' }],
  ['no fence by attempt', { file: 'judge-end', from: 'job?.attempt === said.attempt &&', to: 'job &&' }],
  ['no guard of the state', { file: 'judge-end', from: "isNewest && job.place === 'leased'", to: 'isNewest' }],
  [
    'a loss is final',
    {
      file: 'judge-end',
      from: "wasLost && isNewest && waits && known.runNo === job.runNo ? 'late'",
      to: "false ? 'late'",
    },
  ],
  ['no request id', { file: 'lease-requests', from: 'this.granted.has(key)', to: 'false' }],
  [
    'prune and count-down apart: what is pruned is counted down no more',
    {
      file: 'workflow-machine',
      from: "this.job(parent).place !== 'finished')",
      to: "this.job(parent).place !== 'finished' || job.reason === 'parent_failed')",
    },
  ],
  [
    'prune and count-down apart: what is pruned prunes nothing in the same moment',
    {
      file: 'workflow-machine',
      from: 'if (this.tryJob(child))',
      to: "if (this.tryJob(child) && this.jobs[child].place === 'finished')",
    },
  ],
  [
    'grants after a cancel',
    {
      file: 'workflow-machine',
      from: 'if (this.cancelRequested && !this.runsAlways(job))\n            return',
      to: 'if (false) return',
    },
  ],
];

async function expectFound(name: string, mutated: Mutated): Promise<void> {
  for (let played = 0; played < schedulesMax; played += 1) {
    const seed = 2 * played + 1;
    const fault = await playSchedule(postgres, seed, mutated).then(
      () => null,
      (thrown: unknown) => String(thrown),
    );
    if (fault === null) continue;
    console.log(`${name}: found by schedule ${played + 1} (SEED=${seed})`);
    return;
  }
  throw new Error(`${schedulesMax} schedules were as the machine says, without the guard`);
}

test.each(statementMutants)(
  'a statement with %s: the histories notice',
  (name, statement) => expectFound(name, { statement }),
  300_000,
);

test.each(coreMutants)(
  'core with %s: the histories notice',
  async (name, mutant) => expectFound(name, { rules: await mutatedCore(mutant) }),
  300_000,
);

test('a mutant of a text that is not there any more says so', async () => {
  const rig = await EngineRig.open(postgres);
  try {
    const mutant = { statement: queries.settleAttempts, from: 'and s.colour = 7', to: '' };
    expect(() => mutatedDatabase(rig.database, mutant)).toThrow('has 0 times');
  } finally {
    await rig.close();
  }
  await expect(mutatedCore({ file: 'judge-end', from: 'said.colour', to: '' })).rejects.toThrow('has 0 times');
});
