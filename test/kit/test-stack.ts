import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { SluiceClient, type SubmitChunk } from '#client';
import { DocumentHeader, documentLimits } from '#contracts';
import { freePort } from './free-port.js';
import { RunningService } from './running-service.js';
import { SupervisedService } from './supervised-service.js';
import { makeTestFolder, type TestFolder } from './test-folder.js';
import { startTestNats, type TestNats } from './test-nats.js';
import { startTestPostgres, type TestDatabase, type TestPostgres } from './test-postgres.js';

/** How many processes of each service there are. */
export interface StackShape {
  gateways?: number;
  transformers?: number;
  brokers?: number;
  /** Default 0: only what is asked about workflows needs one. */
  monitors?: number;
  /** More variables for every service. */
  environment?: Record<string, string>;
  /** More variables for one of them, such as `broker-1`, in one of its lives, from 1. */
  environmentOf?: (service: string, life: number) => Record<string, string>;
  /** It runs already and outlives the stack; default: one of its own. */
  postgres?: TestPostgres;
  /** Where services reach the servers, given where they are: behind proxies. The test itself goes there directly. */
  through?: (servers: ServerUrls) => Promise<ServerUrls>;
  /** A file that services and workers read in place of /etc/hosts; only root may give one. */
  hosts?: string;
  /** Every transition is logged, for checkInvariants(). */
  verifyMode?: boolean;
}

export interface ServerUrls {
  postgres: string;
  nats: string;
}

/** What independent jobs, all of one template, run. */
export interface JobsOf {
  jobs: number;
  template: Record<string, unknown>;
  /** Default: who holds the token. */
  owner?: string | undefined;
}

/** What PostgreSQL says about one workflow when all is over. */
export interface Books {
  state: string;
  jobs: number;
  finished: number;
  failed: number;
  /** Jobs with more or less than one finished attempt. */
  notOnce: number;
  /** Attempts that did not finish, by what became of them: `returned`, or the reason of the failure. */
  others: Record<string, number>;
  /** Attempts that leases still hold. */
  open: number;
  /** Messages set aside, of whatever workflow. */
  deadLetters: number;
}

const logLinesShown = 12;

/** Real services, each a process that is started again when it ends, on real servers of their own. */
export class TestStack {
  private readonly workers: RunningService[] = [];
  private readonly started: SupervisedService[] = [];

  private constructor(
    readonly postgres: TestPostgres,
    readonly nats: TestNats,
    readonly database: TestDatabase,
    readonly folder: TestFolder,
    /** Of each gateway, in order. */
    readonly urls: readonly string[],
    readonly token: string,
    private readonly environment: Record<string, string>,
    private readonly shape: StackShape,
  ) {}

  static async start(shape: StackShape = {}): Promise<TestStack> {
    const { gateways = 1, transformers = 1, brokers = 1, monitors = 0, environment: more = {} } = shape;
    const { through = (urls) => Promise.resolve(urls), verifyMode = false } = shape;
    const folder = makeTestFolder('stack');
    const token = randomBytes(24).toString('hex');
    const tokenFile = join(folder.path, 'token');
    writeFileSync(tokenFile, token, { mode: 0o600 });
    const [postgres, nats] = await Promise.all([shape.postgres ?? startTestPostgres(), startTestNats()]);
    const database = await postgres.createTestDatabase({ verifyMode });
    const reached = await through({ postgres: database.url, nats: nats.url });
    const servers = { DATABASE_URL: reached.postgres, NATS_URL: reached.nats, NATS_MONITOR_URL: 'none' };
    const environment = { ...servers, SLUICE_TOKEN_FILE: tokenFile, ...more };
    const ports = await Promise.all(Array.from({ length: gateways }, () => freePort()));
    const urls = ports.map((port) => `http://127.0.0.1:${port}`);
    const stack = new TestStack(postgres, nats, database, folder, urls, token, environment, shape);
    const names = [
      ...numbered('transformer', transformers),
      ...numbered('broker', brokers),
      ...numbered('monitor', monitors),
    ];
    const services = await Promise.all([
      ...names.map(({ app, name }) => stack.startService(app, name)),
      ...ports.map((port, no) =>
        stack.startService('gateway', `gateway-${no + 1}`, { SLUICE_HTTP_PORT: String(port) }),
      ),
    ]);
    stack.started.push(...services);
    return stack;
  }

  /** @param name such as `broker-1` */
  service(name: string): SupervisedService {
    const found = this.started.find((service) => service.name === name);
    if (!found) throw new Error(`no ${name} among ${this.started.map((service) => service.name).join()}`);
    return found;
  }

  /**
   * Starts a worker; one with the name of a dead one works in the same folder. It has no sandbox unless the environment
   * names one: what a machine has installed is no part of a test, and programs of tests meet in folders of the machine.
   */
  async startWorker(
    name: string,
    flags: readonly string[] = [],
    { gateway = 0, environment: more = {} }: { gateway?: number; environment?: Record<string, string> } = {},
  ): Promise<RunningService> {
    const usual = ['--name', name, '--work-dir', join(this.folder.path, name), '--cores', '2', '--memory-mib', '2048'];
    const { SLUICE_TOKEN_FILE = '', SLUICE_CLOCK_SCALE = '1' } = this.environment;
    const environment = {
      ...{ SLUICE_URL: this.urls[gateway] ?? '', SLUICE_TOKEN_FILE, SLUICE_CLOCK_SCALE },
      ...{ SLUICE_BWRAP: '/none', ...more },
    };
    const worker = RunningService.launch('worker', environment, [...usual, ...flags], this.shape.hosts);
    this.workers.push(worker);
    await worker.becomesReady();
    return worker;
  }

  /** Ends all workers in order, so that the next test starts without. */
  async stopWorkers(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((worker) => worker.stop()));
  }

  /** Whoever asks for one closes it. */
  client(gateway = 0): SluiceClient {
    return new SluiceClient({ url: this.urls[gateway] ?? '', token: this.token });
  }

  /** @returns the id of a sealed workflow */
  async submit(name: string, { jobs, template, owner }: JobsOf, gateway = 0): Promise<string> {
    const client = this.client(gateway);
    const header = DocumentHeader.parse({ apiVersion: 'sluice/v1', name, templates: { work: template } });
    try {
      const upload = await client.submit({ header, chunks: chunksOf(jobs) }, owner === undefined ? {} : { owner });
      if (upload.state === 'sealed') return upload.id;
      throw new Error(`${name} was refused: ${JSON.stringify(upload.refusal)}`);
    } finally {
      await client.close();
    }
  }

  async cancel(id: string): Promise<void> {
    const client = this.client();
    await client.cancel(id);
    await client.close();
  }

  /** The rows of one statement. */
  async rows<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.onDatabase(async (client) => (await client.query<Row>(text, values)).rows);
  }

  /** What a connection of its own is used for. */
  async onDatabase<Result>(use: (client: pg.Client) => Promise<Result>): Promise<Result> {
    const client = new pg.Client(this.database.url);
    client.on('error', () => undefined); // the server is being restarted: the statement fails with its cause
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** Jobs that have finished so far. */
  async finished(id: string): Promise<number> {
    const [row] = await this.rows<{ finished: number }>(
      'select sum(t.finished)::int as finished from task t join workflow w on w.id = t.workflow_id where public_id = $1',
      [id],
    );
    return row?.finished ?? 0;
  }

  /** Jobs that workers hold. */
  async leased(id: string): Promise<number> {
    const [row] = await this.rows<{ leased: number }>(
      `select count(*)::int as leased from job_state j join workflow w on w.id = j.workflow_id
        where w.public_id = $1 and j.state = 2`,
      [id],
    );
    return row?.leased ?? 0;
  }

  /** Waits until a workflow has ended. @returns its books */
  async end(id: string, withinMs: number): Promise<Books> {
    await until(`the end of ${id}`, withinMs, async () => {
      const [row] = await this.rows<{ ended: boolean }>(
        'select ended_at is not null as ended from workflow where public_id = $1',
        [id],
      );
      return row?.ended === true;
    });
    return this.books(id);
  }

  async books(id: string): Promise<Books> {
    const [row] = await this.rows<Books>(booksText, [id]);
    if (!row) throw new Error(`no workflow ${id}`);
    return row;
  }

  /** Runs a test's body; a failure tells the last log lines of every process. */
  async explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (fault) {
      if (fault instanceof Error) fault.message += `\n${this.tale()}`;
      throw fault;
    }
  }

  async stop(): Promise<void> {
    await this.stopWorkers();
    await Promise.all(this.started.map((service) => service.stop()));
    await this.database.drop();
    await Promise.all([this.shape.postgres ? null : this.postgres.stop(), this.nats.stop()]);
    this.folder.remove();
  }

  private startService(app: string, name: string, more: Record<string, string> = {}): Promise<SupervisedService> {
    const { environment, shape } = this;
    return SupervisedService.start(name, (life) =>
      RunningService.launch(app, { ...environment, ...more, ...shape.environmentOf?.(name, life) }, [], shape.hosts),
    );
  }

  private tale(): string {
    const told = [
      ...this.started.map(({ name, log }) => ({ name, log })),
      ...this.workers.map(({ pid, log }) => ({ name: `worker, process ${pid}`, log })),
    ];
    return told.map(({ name, log }) => `--- ${name}\n${log.split('\n').slice(-logLinesShown).join('\n')}`).join('\n');
  }
}

/** Looks until it is so. @throws naming what did not come */
export async function until(what: string, withinMs: number, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    if (await isSo()) return;
    if (performance.now() > endMs) throw new Error(`${what}: not within ${withinMs / 1_000} s`);
    await sleep(20);
  }
}

const booksText = `
  select
    w.state, t.jobs, t.finished, t.failed, a.others,
    (select count(*)::int from (
      select from job_state j
      left join attempt d on d.workflow_id = j.workflow_id and d.ordinal = j.ordinal and d.outcome = 3
      where j.workflow_id = w.id and j.kind = 0
      group by j.ordinal having count(d.attempt) <> 1
    ) n) as "notOnce",
    (select coalesce(sum(l.open), 0)::int from lease l where w.id = any (l.workflow_ids)) as open,
    (select count(*)::int from dead_letter) as "deadLetters"
  from workflow w
  cross join lateral (
    select sum(total)::int as jobs, sum(t.finished)::int as finished, sum(t.failed)::int as failed
    from task t where t.workflow_id = w.id
  ) t
  cross join lateral (
    select coalesce(jsonb_object_agg(o.word, o.count), '{}') as others
    from (
      select case when outcome = 5 then 'returned' else reason::text end as word, count(*)
      from attempt where workflow_id = w.id and outcome <> 3
      group by 1
    ) o
  ) a
  where w.public_id = $1`;

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** So many jobs without edges, cut as large as chunks may be. */
async function* chunksOf(jobs: number): AsyncGenerator<SubmitChunk> {
  const hash = createHash('sha256');
  for (let no = 0, firstOrdinal = 0; firstOrdinal < jobs; no += 1, firstOrdinal += documentLimits.chunkJobs) {
    const count = Math.min(documentLimits.chunkJobs, jobs - firstOrdinal);
    const lines = Array.from({ length: count }, (_, at) => `{"name":"job_${firstOrdinal + at}"}\n`);
    const body = Buffer.from(lines.join(''));
    hash.update(sha256(body));
    const seal = { chunkCount: no + 1, jobCount: firstOrdinal + count, edgeCount: 0, hash: hash.copy().digest('hex') };
    yield await Promise.resolve({ no, firstOrdinal, jobs: count, body, seal });
  }
}

const numbered = (app: string, count: number): { app: string; name: string }[] =>
  Array.from({ length: count }, (_, no) => ({ app, name: `${app}-${no + 1}` }));
