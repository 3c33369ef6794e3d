import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { numberIn, runProgram, type Program } from './program.js';
import { freshDatabase, settleDisk, type Servers } from './servers.js';
import { widthOf, type Shape } from './workload.js';

/** What one run of the floor printed. */
export interface FloorRun {
  jobsPerSec: number;
  /** Only of runs of 1,000 jobs or fewer. */
  hopMs: { p50: number; p99: number } | null;
}

/** The prototype sometimes waits for ever for a message that was lost: it is ended then, and run again. */
const secondsMax = (jobs: number): number => 60 + jobs / 5_000;
const triesMax = 3;

/**
 * Runs the throw-away prototype of the bare path on our servers: its own database, its own stream.
 * @param folder where e2e.mjs is.
 * @param lease jobs per lease.
 */
export async function runFloor(
  servers: Servers,
  folder: string,
  run: { shape: Shape; lease: number },
): Promise<FloorRun> {
  const databaseUrl = await freshDatabase(servers, 'floor');
  const cwd = copyOf(servers, folder);
  const env = {
    ...process.env,
    PG_URL: databaseUrl,
    ...natsEnvironment(servers),
    LAYERS: String(run.shape.layers),
  };
  const jobs = String(widthOf(run.shape) * run.shape.layers);
  const role = (name: string): Program => runProgram('e2e.mjs', [name, jobs, String(run.lease)], { cwd, env });
  for (let tries = 1; ; tries += 1) {
    await role('setup').output;
    await settleDisk(servers);
    try {
      return readOutput(await together(role, secondsMax(run.shape.jobs)), run.shape.jobs);
    } catch (cause) {
      if (tries === triesMax) throw cause;
    }
  }
}

/** Broker and worker end when the engine says stop. */
async function together(role: (name: string) => Program, withinSec: number): Promise<string> {
  const programs = ['broker', 'worker', 'engine'].map(role);
  const overdue = setTimeout(() => programs.forEach((program) => program.kill()), withinSec * 1_000);
  try {
    const [, , engine] = await Promise.all(programs.map((program) => program.output));
    return engine ?? '';
  } finally {
    clearTimeout(overdue);
    programs.forEach((program) => program.kill());
  }
}

function readOutput(output: string, jobs: number): FloorRun {
  const hopMs =
    jobs <= 1_000 ? { p50: numberIn(output, /hop ms p50 ([\d.]+)/), p99: numberIn(output, /p99 ([\d.]+)/) } : null;
  return { jobsPerSec: numberIn(output, /jobs\/s (\d+)/), hopMs };
}

/**
 * A copy where Node finds our packages. Our server asks for a password, which its client does not read from an address:
 * that one call is changed, nothing else.
 */
function copyOf(servers: Servers, folder: string): string {
  const target = join(servers.folder, 'floor');
  mkdirSync(target, { recursive: true });
  const original = readFileSync(join(folder, 'e2e.mjs'), 'utf8');
  const call = 'connect({servers:process.env.NATS_URL})';
  const authorised = 'connect({servers:process.env.NATS_URL,user:process.env.NATS_USER,pass:process.env.NATS_PASS})';
  if (!original.includes(call)) throw new Error(`${folder}/e2e.mjs does not connect as expected: ${call}`);
  writeFileSync(join(target, 'e2e.mjs'), original.replace(call, authorised));
  return target;
}

function natsEnvironment(servers: Servers): NodeJS.ProcessEnv {
  const url = new URL(servers.nats.url);
  return { NATS_URL: url.host, NATS_USER: url.username, NATS_PASS: url.password };
}

/** Runs the floor's settle.mjs: SQL only, children as an array. @returns jobs a second. */
export async function runFloorSettle(
  servers: Servers,
  folder: string,
  run: { shape: Shape; batch: number },
): Promise<number> {
  const PG_URL = await freshDatabase(servers, 'floor');
  const cwd = join(servers.folder, 'floor');
  mkdirSync(cwd, { recursive: true });
  copyFileSync(join(folder, 'settle.mjs'), join(cwd, 'settle.mjs'));
  const args = [String(run.shape.jobs), String(run.batch), 'arr'];
  const output = await runProgram('settle.mjs', args, { cwd, env: { ...process.env, PG_URL } }).output;
  return numberIn(output, /jobs\/s (\d+)/);
}
