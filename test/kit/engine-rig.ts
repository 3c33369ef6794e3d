import { createHash, randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import type { z } from 'zod';
import {
  Database,
  PostgresDeadLetterStore,
  PostgresInHandStore,
  PostgresLeaseStore,
  PostgresLimitStore,
  PostgresOrderStore,
  PostgresSealStore,
  PostgresSessionStore,
  PostgresSettleStore,
  PostgresShareStore,
  PostgresTransitionStore,
  PostgresUploadStore,
  PostgresWaitStore,
} from '#adapter-postgres';
import {
  jobId,
  partitionCount,
  partitionOf,
  Template,
  type JobFilter,
  type RegisterRequest,
  type Resources,
  type RetryPolicy,
  type TerminalBatch,
} from '#contracts';
import { assignReady, type CheckedJob } from '#core';
import {
  openUpload,
  requestCancel,
  requestCancelJobs,
  requestPause,
  requestPauseJobs,
  requestResume,
  requestResumeJobs,
  requestSeal,
  runCommand,
  settleOrSetAside,
  storeChunk,
  type CommandDone,
  type CommandPorts,
  type GrantedJob,
  type OrderHints,
  type PauseOptions,
  type PauseOutcome,
  type ResumeOptions,
  type CancelJobsOutcome,
  type SettledOrAside,
  type UploadHeader,
} from '#engine';
import { brokenLines, checkInvariants } from './invariants.js';
import { mutatedDatabase, type StatementMutant } from './mutated-database.js';
import type { TestDatabase, TestPostgres } from './test-postgres.js';

const chunkJobs = 20_000;
const allPartitions = Array.from({ length: partitionCount }, (_, partition) => partition);

/** A job of a trial document: parents by position. */
export interface TrialJob {
  label?: string;
  kind?: 'job' | 'barrier';
  parents?: number[];
  endedParents?: number[];
}

export interface TrialWorkflow {
  jobs: readonly TrialJob[];
  /** Retry policy by label; the default for labels left out. */
  retry?: Record<string, Partial<RetryPolicy>>;
  /** Resources by label; the default for labels left out. */
  resources?: Record<string, Partial<Resources>>;
  final?: 'always' | 'success' | null;
  /** What templates say besides, by label. */
  templates?: Record<string, z.input<typeof Template>>;
  /** Whose it is; `trial` if not given. */
  owner?: string;
  space?: string;
  /** Of the final job: `final` if not given. */
  finalLabel?: string;
  onFailure?: 'continue' | 'failFast';
  timeoutSec?: number | null;
  parallelism?: number | null;
}

/** Given where a database is. @returns where it is to be reached */
type Through = (url: string) => Promise<string>;

/** How one attempt went, as a worker would say it. */
export type TrialEnd = Partial<Omit<TerminalBatch['events'][number], 'lease' | 'job' | 'attempt'>>;

/**
 * The whole engine on one database, without messages and processes: what transformer and broker would do, called
 * directly.
 */
export class EngineRig {
  readonly sessions: PostgresSessionStore;
  readonly leases: PostgresLeaseStore;
  readonly limits: PostgresLimitStore;
  readonly settles: PostgresSettleStore;
  readonly transitions: PostgresTransitionStore;
  readonly orders: PostgresOrderStore;
  readonly dead: PostgresDeadLetterStore;
  readonly inHand: PostgresInHandStore;
  readonly shares: PostgresShareStore;
  readonly waits: PostgresWaitStore;
  /** Nobody listens: what a hint would tell is looked for. */
  readonly hints: OrderHints = {
    command: () => undefined,
    ready: () => undefined,
    held: () => undefined,
    kill: () => undefined,
  };
  private readonly uploads: PostgresUploadStore;
  private readonly ports: CommandPorts;

  private constructor(
    private readonly testDatabase: TestDatabase,
    readonly database: Database,
    /** For looking, and for turning the clock. */
    readonly client: pg.Client,
  ) {
    this.sessions = new PostgresSessionStore(database);
    this.leases = new PostgresLeaseStore(database);
    this.limits = new PostgresLimitStore(database);
    this.settles = new PostgresSettleStore(database);
    this.transitions = new PostgresTransitionStore(database);
    this.orders = new PostgresOrderStore(database);
    this.dead = new PostgresDeadLetterStore(database);
    this.inHand = new PostgresInHandStore(database);
    this.shares = new PostgresShareStore(database);
    this.waits = new PostgresWaitStore(database);
    this.uploads = new PostgresUploadStore(database);
    const seal = { seals: new PostgresSealStore(database), uploads: this.uploads };
    this.ports = { transitions: this.transitions, seal };
  }

  /**
   * @param options verifyMode: every transition is logged, and faults() looks at the log too; mutant: a statement that runs
   *   without its guard, in all stores; through: where the stores reach the database, such as a line that breaks
   */
  static async open(
    postgres: TestPostgres,
    { mutant, through, ...options }: { verifyMode?: boolean; mutant?: StatementMutant; through?: Through } = {},
  ): Promise<EngineRig> {
    const testDatabase = await postgres.createTestDatabase(options);
    const url = (await through?.(testDatabase.url)) ?? testDatabase.url;
    const database = await Database.connect({ url, name: 'engine-rig', connectionsMax: 8, planning: 'hot' });
    const client = new pg.Client(testDatabase.url);
    await client.connect();
    return new EngineRig(testDatabase, mutant ? mutatedDatabase(database, mutant) : database, client);
  }

  /** For stores of a test's own. */
  get url(): string {
    return this.testDatabase.url;
  }

  async close(): Promise<void> {
    await this.client.end();
    await this.database.close();
    await this.testDatabase.drop();
  }

  /** Uploads, seals and starts a workflow. @returns its number. */
  async submit(workflow: TrialWorkflow): Promise<string> {
    const ports = { uploads: this.uploads, random: (bytes: number) => randomBytes(bytes) };
    const opening = await openUpload(ports, {
      header: headerOf(workflow),
      writtenHeader: '{}',
      owner: { issuer: 'local', subject: workflow.owner ?? 'trial' },
      space: workflow.space ?? 'trial',
      idempotencyKey: null,
    });
    const jobs = workflow.jobs.map(checkedJob);
    const hash = createHash('sha256');
    let chunkNo = 0;
    for (let from = 0; from < jobs.length; from += chunkJobs, chunkNo += 1) {
      const sha256 = createHash('sha256').update(String(from)).digest();
      hash.update(sha256);
      const chunk = jobs.slice(from, from + chunkJobs);
      await storeChunk(ports, { workflowId: opening.id, chunkNo, firstOrdinal: from, jobs: chunk, sha256 });
    }
    const edges = jobs.reduce((sum, job) => sum + job.parents.length + job.endedParents.length, 0);
    const request = { chunkCount: chunkNo, jobCount: jobs.length, edgeCount: edges, hash: hash.digest('hex') };
    await requestSeal(ports, opening.id, request);
    const [row] = await this.query('select id, upload_state, refusal from workflow where public_id = $1', [opening.id]);
    const workflowNo = String(row?.[0]);
    await this.runCommands([partitionOf(workflowNo)]);
    if ((await this.workflowState(workflowNo)) === 'uploading') {
      throw new Error(
        `the trial workflow was refused: ${JSON.stringify(await this.query('select refusal from workflow'))}`,
      );
    }
    return workflowNo;
  }

  async register(offer: Partial<RegisterRequest> = {}): Promise<string> {
    const { session } = await this.sessions.register({
      site: 'here',
      worker: 'trial',
      cores: 8,
      memoryMib: 65_536,
      walltimeSec: null,
      tags: {},
      transforms: ['noop@1'],
      ...{ gpus: 0, diskMib: null, features: [] },
      ...offer,
    });
    return session;
  }

  /** Leases up to `max` jobs to a session, whatever their class. Empty: none is ready, or another broker was faster. */
  async lease(session: string, max: number, requestId: string = randomUUID()): Promise<GrantedJob[]> {
    const classes = await this.leases.readyClasses();
    if (classes.length === 0) return [];
    const rows = await this.leases.peek(classes, 1_000);
    const slices = assignReady([{ classes: new Set(classes), max }], rows);
    if (slices.length === 0) return [];
    const { change, limits } = await this.leases.limits();
    return this.leases.grant({
      rows,
      limits: { change, charged: limits.length > 0 },
      slices: slices.map(({ waiter, ...slice }) => ({ ...slice, worker: waiter })),
      workers: [{ session, requestId, token: randomUUID().replaceAll('-', '') }],
    });
  }

  settle(batch: TerminalBatch | TerminalBatch[]): Promise<SettledOrAside> {
    const batches = Array.isArray(batch) ? batch : [batch];
    return settleOrSetAside(this.settles, this.dead, batches[0]?.partition ?? 0, batches);
  }

  /** Ends all these attempts alike, in batches as workers send them. */
  async end(session: string, jobs: readonly GrantedJob[], end: TrialEnd = {}): Promise<void> {
    for (let from = 0; from < jobs.length; from += 1_000) {
      const part = jobs.slice(from, from + 1_000);
      await this.settle(
        batchOf(
          session,
          part.map((job) => ({ job, end })),
        ),
      );
    }
  }

  cancel(workflowNo: string): Promise<unknown> {
    return requestCancel(this, workflowNo, { dryRun: false });
  }

  cancelJobs(workflowNo: string, filter: JobFilter, dryRun = false): Promise<CancelJobsOutcome | null> {
    return requestCancelJobs(this, workflowNo, { filter, dryRun });
  }

  pause(workflowNo: string, options: PauseOptions = { dryRun: false }): Promise<PauseOutcome | null> {
    return requestPause(this, workflowNo, options);
  }

  pauseJobs(workflowNo: string, filter: JobFilter, dryRun = false, by = ''): Promise<PauseOutcome | null> {
    return requestPauseJobs(this, workflowNo, { filter, dryRun, by });
  }

  resumeJobs(workflowNo: string, filter: JobFilter, dryRun = false, by = ''): Promise<PauseOutcome | null> {
    return requestResumeJobs(this, workflowNo, { filter, dryRun, by });
  }

  resume(workflowNo: string, options: ResumeOptions = { dryRun: false }): Promise<PauseOutcome | null> {
    return requestResume(this, workflowNo, options);
  }

  /** Carries out open commands until there is none. */
  async runCommands(partitions: number[] = allPartitions): Promise<CommandDone> {
    const done: CommandDone = { classes: [], kills: [], limits: [] };
    for (let commands = await this.transitions.nextCommands(partitions); commands.length > 0;) {
      for (const command of commands) {
        const { classes, kills, limits } = await runCommand(this.ports, command);
        done.limits.push(...limits);
        done.classes.push(...classes);
        done.kills.push(...kills);
      }
      commands = await this.transitions.nextCommands(partitions);
    }
    return done;
  }

  /** Makes every back-off be over, and releases what waited for it. */
  async passBackOffs(): Promise<void> {
    await this.client.query("update held set due_at = due_at - interval '2 days'");
    await this.transitions.releaseHeld();
  }

  async query(text: string, values: unknown[] = []): Promise<unknown[][]> {
    return (await this.client.query<unknown[]>({ text, values, rowMode: 'array' })).rows;
  }

  async workflowState(workflowNo: string): Promise<string> {
    const [row] = await this.query('select state from workflow where id = $1', [workflowNo]);
    return String(row?.[0]);
  }

  /** Memory in MiB that each job of a workflow is allowed, by ordinal. */
  async memoryOf(workflowNo: string): Promise<number[]> {
    const rows = await this.query(
      `select c.memory_mib
       from job_state s
       join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
       join ready_class c on c.id = coalesce(s.class_id, t.class_id)
       where s.workflow_id = $1 order by s.ordinal`,
      [workflowNo],
    );
    return rows.map(([mib]) => Number(mib));
  }

  /** `{state/reason: jobs}` of a workflow, in codes of core. */
  async census(workflowNo: string): Promise<Record<string, number>> {
    const rows = await this.query(
      "select state || '/' || reason, count(*)::int from job_state where workflow_id = $1 group by 1 order by 1",
      [workflowNo],
    );
    return Object.fromEntries(rows) as Record<string, number>;
  }

  /** What is wrong in the books: the names of the broken invariants, with some of the rows that break them. */
  async faults(): Promise<string[]> {
    return brokenLines(await checkInvariants(this.client));
  }
}

/** A batch about jobs of one partition. */
export function batchOf(session: string, ends: readonly { job: GrantedJob; end: TrialEnd }[]): TerminalBatch {
  const leases = [...new Map(ends.map(({ job }) => [`${job.leaseId}:${job.token}`, job])).values()].map((job) => {
    return { id: job.leaseId, token: job.token };
  });
  return {
    batchId: randomUUID(),
    session,
    partition: partitionOf(ends[0]?.job.workflowNo ?? '0'),
    leases,
    events: ends.map(({ job, end }) => ({
      lease: leases.findIndex((lease) => lease.id === job.leaseId && lease.token === job.token),
      job: jobId(job.workflowNo, job.ordinal),
      attempt: job.attempt,
      outcome: 'finished',
      startedAtMs: 1_700_000_000_000,
      endedAtMs: 1_700_000_001_000,
      ...end,
    })),
  };
}

/** As gateways store it. */
export function headerOf(trial: TrialWorkflow): UploadHeader {
  const {
    jobs,
    retry = {},
    resources = {},
    templates: own = {},
    final = null,
    finalLabel = 'final',
    onFailure = 'continue',
    timeoutSec = null,
    parallelism = null,
  } = trial;
  const labels = new Set([...jobs.map((job) => job.label ?? 'job'), finalLabel]);
  const templates = [...labels].map((label) => {
    return [
      label,
      Template.parse({
        transform: 'noop',
        retry: retry[label] ?? {},
        resources: resources[label] ?? {},
        ...own[label],
      }),
    ] as const;
  });
  const finalJob = { ...checkedJob({ label: finalLabel }, jobs.length), name: 'final' };
  return {
    name: 'trial',
    tags: {},
    files: {},
    policy: { onFailure, timeoutSec, parallelism },
    templates: Object.fromEntries(templates),
    final: final === null ? null : { when: final, job: finalJob },
  };
}

export function checkedJob(job: TrialJob, ordinal: number): CheckedJob {
  const { label = 'job', kind = 'job', parents = [], endedParents = [] } = job;
  const template = kind === 'job' ? label : '';
  return {
    name: `job${ordinal}`,
    label: kind === 'job' ? label : '',
    template,
    kind,
    group: null,
    parents,
    endedParents,
    spec: null,
  };
}
