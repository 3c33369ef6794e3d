// How soon work goes on after a fault, as a table: `npm run test:recovery`. It ends with 1 when a promise is not kept; on a
// machine that does much else the figures are of that machine.
import { rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestPostgres, until, type TestPostgres } from '#test-kit';
import { plainDocument } from './trial-document.js';
import { nearby, shortTerms, terms } from './rows/lost-workers.js';
import { recoveryAfter } from './recovery.js';
import { Trial } from './trial.js';
import { stillnessAfter } from './stillness.js';

/** What is promised, in seconds. */
const promised = { service: 5, server: 10, wiped: 30, suspect: 2 };
const outstanding = 100_000;
/** Of naps of 0.2 s; more than two workers can run meanwhile. */
const steadyJobs = 40_000;
/** A fault is looked at for so long. */
const watchSec = 20;
const services = ['gateway', 'transformer', 'broker'] as const;

interface Figure {
  what: string;
  promisedSec: number;
  sec: number;
  grantSec?: number | null;
}

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

/** A trial under a steady load, with servers of its own. */
async function underLoad(replicas: number, work: (trial: Trial) => Promise<void>): Promise<void> {
  let shared: Promise<TestPostgres> | null = null;
  const trial = new Trial(1, () => (shared ??= startTestPostgres()), false);
  try {
    await trial.start({ gateways: replicas, transformers: replicas, brokers: replicas, ownPostgres: true });
    await shortTerms(trial);
    const workers = Array.from({ length: 2 }, (_, no) => trial.startWorker(`worker-${no}`, { gateway: no % replicas }));
    await Promise.all(workers);
    const steady = await trial.load.submit(plainDocument('steady', steadyJobs, 'nap'));
    await until('work is under way', 60_000, async () => (await trial.stack.finished(steady.id)) > 50);
    await trial.stack.explained(() => work(trial));
  } finally {
    await trial.end();
  }
}

/**
 * How long nothing moved, from the fault on: no end counted. Servers that are restarted are away for a part of it. Beside it,
 * when jobs were granted next: workers that hold work ask every few seconds only.
 */
async function stillness({ stack }: Trial, fault: () => Promise<unknown>): Promise<Pick<Figure, 'sec' | 'grantSec'>> {
  const atMs = Date.now();
  await fault();
  await sleep(Math.max(0, atMs + watchSec * 1_000 - Date.now()));
  const { leaseSec } = await recoveryAfter(stack, atMs);
  return { sec: await stillnessAfter(stack, { atMs, withinSec: watchSec }), grantSec: leaseSec };
}

async function killServices(replicas: number, note: (figure: Figure) => void): Promise<void> {
  await underLoad(replicas, async (trial) => {
    for (const name of services) {
      const still = await stillness(trial, () => trial.stack.service(`${name}-1`).kill());
      note({ what: `kill -9 of the ${name}, one of ${replicas}`, promisedSec: promised.service, ...still });
    }
  });
}

async function restartServers(note: (figure: Figure) => void): Promise<void> {
  await underLoad(1, async (trial) => {
    const { postgres, nats } = trial.stack;
    const restarts: [string, () => Promise<unknown>][] = [
      ['PostgreSQL restarted in order', () => postgres.restart('fast')],
      ['PostgreSQL cut off', () => postgres.restart('immediate')],
      ['NATS restarted in order', () => nats.restart({ wiped: false })],
      ['NATS killed', () => nats.restart({ wiped: false, killed: true })],
      ['NATS wiped', () => nats.restart({ wiped: true, killed: true })],
    ];
    for (const [what, restart] of restarts)
      note({ what, promisedSec: promised.server, ...(await stillness(trial, restart)) });
    note({
      what: `NATS wiped, ${outstanding} events outstanding`,
      promisedSec: promised.wiped,
      sec: await rebuilt(trial),
    });
    const sec = (await suspectAfter(trial)) - terms.suspectSec;
    note({ what: 'a silent worker is suspect, after its term', promisedSec: promised.suspect, sec });
  });
}

/** From when NATS is back until every event is told again. */
async function rebuilt(trial: Trial): Promise<number> {
  await trial.stack.nats.without(
    async (place) => {
      await trial.stack.rows(moreEvents, [outstanding / 16]);
      rmSync(place, { recursive: true });
    },
    { killed: true },
  );
  const backMs = performance.now();
  const untold = "select count(*)::int as count from outbox where confirmed_at is null and body like '%outstanding%'";
  await until('every event is told', 120_000, async () => {
    const [row] = await trial.stack.rows<{ count: number }>(untold);
    return row?.count === 0;
  });
  return (performance.now() - backMs) / 1_000;
}

/** From the last beat until it stands in the books. */
async function suspectAfter(trial: Trial): Promise<number> {
  const worker = await trial.startWorker('silent', { flags: nearby });
  process.kill(worker.pid, 'SIGSTOP');
  let sec = NaN;
  await until('it is suspect', 60_000, async () => {
    const [row] = await trial.stack.rows<{ sec: number }>(
      `select extract(epoch from clock_timestamp() - heartbeat_at)::float8 as sec from session
        where worker = 'silent' and state = 'suspect'`,
    );
    sec = row?.sec ?? NaN;
    return row !== undefined;
  });
  process.kill(worker.pid, 'SIGCONT');
  return sec;
}

/** As the ends of as many jobs would be, in every partition. */
const moreEvents = `
  with taken as (update event_cursor set seq = seq + $1::int returning partition, seq - $1::int as before),
  source as (select id from workflow order by id limit 1)
  insert into outbox (partition, seq, workflow_id, run_no, type, body)
  select
    t.partition, t.before + n, s.id, 1, 'org.sluice.jobs.ended.v1',
    '{"tasks":[{"label":"outstanding","finished":[' || n || '],"failed":[]}]}'
  from taken t, source s, generate_series(1, $1::int) as n`;

async function main(): Promise<boolean> {
  const [load = 0] = loadavg();
  say(`load before ${load.toFixed(1)}`);
  const figures: Figure[] = [];
  const note = (figure: Figure): void => {
    figures.push(figure);
    const { what, promisedSec, sec, grantSec } = figure;
    const late = sec > promisedSec ? '  LATE' : '';
    const granted = typeof grantSec === 'number' ? `, next grant after ${grantSec.toFixed(1)} s` : '';
    say(`${what.padEnd(48)} ${`${sec.toFixed(1)} s`.padStart(8)}  promised ${promisedSec} s${late}${granted}`);
  };
  for (const replicas of [1, 2]) await killServices(replicas, note);
  await restartServers(note);
  return figures.every(({ sec, promisedSec }) => sec <= promisedSec);
}

process.exitCode = (await main()) ? 0 : 1;
