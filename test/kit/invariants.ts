import type pg from 'pg';
import { checkParams, checkPlanning, queries, verifyModeChecks, type Statement } from '#adapter-postgres';
import { everything, invariants, type Check } from '#engine';
import { messageFaults } from './message-faults.js';
import type { MessageLog } from './message-log.js';
import { driverFaults, type DriverCall } from './driver-faults.js';
import { readFaults, type AccessLine } from './read-faults.js';
import { runFaults } from './run-faults.js';
import type { WorkLine } from './work-record.js';

/** A pool or a client. */
export type Queryable = Pick<pg.Pool, 'query'> | Pick<pg.ClientBase, 'query'>;

/** What broke, by invariant, each row as a sentence. Empty: all that could be checked holds. */
export type BrokenInvariants = Record<string, string[]>;

/** What was seen from outside; what is not given is not checked. */
export interface InvariantSources {
  /** Nothing is under way any more: every workflow has ended, every report and event is out. */
  quiet?: boolean;
  messageLog?: MessageLog;
  /** A stream was wiped, or a worker was gone for good with its journal: reports may be lost that were seen. */
  reportsLost?: boolean;
  workerRecords?: readonly WorkLine[];
  driverLog?: readonly DriverCall[];
  accessLog?: readonly AccessLine[];
}

/** Rows of one check that are told. */
const rowsMax = 5;

const statements = new Map<string, Statement>(Object.values(queries).map((query) => [query.name, query]));

type VerifyModeCheck = keyof typeof verifyModeChecks;

/** Checks of the logs of verify mode, by the invariant that they are about. */
export const logChecks: readonly { id: string; check: VerifyModeCheck; quiet: boolean }[] = [
  { id: 'I2', check: 'log_one_end', quiet: false },
  { id: 'I3', check: 'log_chain', quiet: false },
  { id: 'I4', check: 'log_edges_met', quiet: false },
  { id: 'I7', check: 'log_attempts', quiet: false },
  { id: 'I8', check: 'log_late_ends', quiet: false },
  { id: 'I10', check: 'log_told', quiet: false },
  { id: 'I17', check: 'log_caps', quiet: false },
  { id: 'I22', check: 'log_cancelled', quiet: false },
  { id: 'I1', check: 'quiet_open', quiet: true },
  { id: 'I12', check: 'quiet_outbox', quiet: true },
  { id: 'I14', check: 'quiet_batches', quiet: true },
  { id: 'I18', check: 'quiet_worker_room', quiet: true },
  { id: 'I19', check: 'log_limit_left', quiet: true },
];

/**
 * Checks all invariants on one database, each in one statement. Those of the live command always; those of the logs where
 * verify mode is installed; those of what was seen from outside where that is given. But for `quiet` ones they hold at every
 * commit.
 * @param client not within a transaction that is broken
 */
export async function checkInvariants(
  client: pg.ClientBase,
  sources: InvariantSources = {},
): Promise<BrokenInvariants> {
  const broken: BrokenInvariants = {};
  const note = (id: string, rows: readonly string[]): void => {
    if (rows.length > 0) broken[id] = [...(broken[id] ?? []), ...rows];
  };
  await plannedCarefully(client, async () => {
    for (const { id, checks } of invariants) {
      for (const check of checks) note(id, await brokenRows(client, check));
    }
    if (!(await hasVerifyMode(client))) return;
    await client.query('analyze job_log, job_edge'); // never looked at, the log of a fan-out would be walked for each job
    for (const { id, check, quiet } of logChecks) if (!quiet || sources.quiet) note(id, await brokenLog(client, check));
  });
  const outside = [
    ...(sources.messageLog ? await messageFaults(client, sources.messageLog, sources) : []),
    ...(sources.workerRecords ? await runFaults(client, sources.workerRecords) : []),
    ...(sources.driverLog ? await driverFaults(client, sources.driverLog) : []),
    ...(sources.accessLog ? await readFaults(client, sources.accessLog) : []),
  ];
  for (const { id, wrong } of outside) note(id, [wrong]);
  return broken;
}

/** As the live command has them planned: where its statistics are old, a fan-out of 100,000 took minutes otherwise. */
async function plannedCarefully(client: pg.ClientBase, work: () => Promise<void>): Promise<void> {
  const settings = Object.entries(checkPlanning);
  await client.query(settings.map(([name, value]) => `set ${name} = '${value}'`).join('; '));
  await work();
  await client.query(settings.map(([name]) => `reset ${name}`).join('; '));
}

/** As lines for a test's message. */
export const brokenLines = (broken: BrokenInvariants): string[] =>
  Object.entries(broken).flatMap(([id, rows]) => rows.map((row) => `${id}: ${row}`));

/** Rows of a statement that names no parameters. */
export async function rowsOf<Row extends unknown[] = unknown[]>(
  pool: Queryable,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  return (await (pool as pg.ClientBase).query<Row>({ text, values, rowMode: 'array' })).rows;
}

async function hasVerifyMode(pool: Queryable): Promise<boolean> {
  const [row] = await rowsOf(pool, "select to_regclass('job_log') is not null");
  return row?.[0] === true;
}

async function brokenRows(pool: Queryable, { name, scope }: Check): Promise<string[]> {
  const statement = statements.get(name);
  if (!statement) throw new Error(`sql/queries/verify has no ${name}`);
  const values = checkParams(scope, everything, rowsMax);
  const { rows } = await (pool as pg.ClientBase).query<BrokenCells>({ ...statement, values, rowMode: 'array' });
  return rows.map((row) => sentence(name, row));
}

async function brokenLog(pool: Queryable, check: VerifyModeCheck): Promise<string[]> {
  const rows = await rowsOf<BrokenCells>(
    pool,
    `select b.workflow_id, b.ordinal, b.wrong from (${verifyModeChecks[check]}) b limit ${rowsMax}`,
  );
  return rows.map((row) => sentence(check, row));
}

type BrokenCells = [workflowNo: string | null, ordinal: number | null, wrong: string];

/** `verify_waiting: 3:17 is ready with parents_left 1` */
function sentence(check: string, [workflow, ordinal, wrong]: BrokenCells): string {
  const about = [workflow, ordinal].filter((part) => part !== null).join(':');
  return `${check}: ${about}${about === '' ? '' : ' '}${wrong}`;
}
