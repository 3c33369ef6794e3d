// Runs real services under a mixed load and random faults for some minutes, then checks the books and what was used.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startTestPostgres } from '#test-kit';
import { countersText } from '../faults/counters.js';
import { Trial } from '../faults/trial.js';
import { Disturber } from './disturb.js';
import { Measure } from './measure.js';
import { orderSome } from './orders.js';

const usage = 'npm run soak -- --minutes M [--seed N] [--calm]\n\n--calm: without faults\n';
const services = ['gateway-1', 'gateway-2', 'transformer-1', 'transformer-2', 'broker-1', 'broker-2', 'monitor-1'];
const sampleMs = 5_000;
const faultEveryMs = { min: 3_000, max: 12_000 } as const;

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

async function soak({ minutes, seed, calm }: { minutes: number; seed: number; calm: boolean }): Promise<boolean> {
  say(`soak of ${minutes} minutes, seed ${seed}${calm ? ', without faults' : ''}`);
  const trial = new Trial(seed, startTestPostgres, false);
  try {
    await trial.start({ gateways: 2, transformers: 2, brokers: 2, monitors: 1, ownPostgres: true });
    return await trial.stack.explained(() => disturbed(trial, { endMs: performance.now() + minutes * 60_000, calm }));
  } finally {
    await trial.end();
  }
}

async function disturbed(trial: Trial, { endMs, calm }: { endMs: number; calm: boolean }): Promise<boolean> {
  const startMs = performance.now();
  const isOver = (): boolean => performance.now() > endMs;
  const disturber = new Disturber(trial, services);
  const measure = new Measure(trial.stack, services);
  await disturber.startWorkers();
  const load = async (): Promise<void> => {
    while (!isOver()) {
      await trial.load.run({ workflows: 4, jobsMax: 80 });
      await orderSome(trial);
    }
  };
  const faults = async (): Promise<void> => {
    while (!calm && !isOver()) {
      await sleep(trial.random.between(faultEveryMs.min, faultEveryMs.max));
      await disturber.disturb();
    }
  };
  const samples = async (): Promise<void> => {
    for (; !isOver(); await sleep(sampleMs)) await measure.sample((performance.now() - startMs) / 1_000);
  };
  await Promise.all([load(), faults(), samples()]);
  await trial.drain();
  await measure.sample((performance.now() - startMs) / 1_000);
  const counters = await trial.verdict();
  const used = await measure.report(counters.jobsRun);
  for (const [what, times] of disturber.done) say(`fault: ${what}, ${times} times`);
  say(`workflows: ${trial.load.acked.length} acknowledged`);
  for (const line of used.lines) say(line);
  for (const fault of used.faults) say(`BEYOND ITS BOUND: ${fault}`);
  say(countersText(counters));
  return used.faults.length === 0;
}

try {
  const { values } = parseArgs({
    options: { minutes: { type: 'string' }, seed: { type: 'string' }, calm: { type: 'boolean', default: false } },
  });
  const minutes = Number(values.minutes);
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
  if (!(minutes > 0) || !Number.isInteger(seed)) throw new TypeError('--minutes must be a number, --seed a whole one');
  process.exitCode = (await soak({ minutes, seed, calm: values.calm })) ? 0 : 1;
} catch (fault) {
  process.stderr.write(`${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}\n\n${usage}`);
  process.exitCode = fault instanceof TypeError ? 2 : 1;
}
