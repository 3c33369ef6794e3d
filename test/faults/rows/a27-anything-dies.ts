import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRow } from '../fault-row.js';
import type { Trial } from '../trial.js';

/** RELIABILITY asks for 600; so long takes a night with 20 seeds. */
const killSec = Number(process.env['FAULT_KILL_SEC'] ?? 60);
const everyMs = 2_000;
const services = ['gateway', 'transformer', 'broker'].flatMap((app) => [`${app}-1`, `${app}-2`]);
/** Something must get done between kills, also where a busy machine takes longer to start a service than to lose the next. */
const idleSecMax = 60;

export const a27: FaultRow = {
  id: 'A27',
  title: 'any service is killed every 2 s',
  inCi: false,
  run,
};

async function run(trial: Trial): Promise<void> {
  await trial.start({ gateways: 2, transformers: 2, brokers: 2 });
  await Promise.all([0, 1].map((gateway) => trial.startWorker(`worker-${gateway}`, { gateway })));
  await trial.stack.explained(async () => {
    const endMs = performance.now() + killSec * 1_000;
    const killing = killServices(trial, endMs);
    while (performance.now() < endMs) await trial.load.run({ workflows: 2 }).then(() => sleep(everyMs));
    await killing;
    await trial.drain();
    await sawProgress(trial);
  });
}

async function killServices(trial: Trial, endMs: number): Promise<void> {
  let kills = 0;
  while (performance.now() < endMs) {
    await sleep(everyMs);
    const up = services.filter((name) => trial.stack.service(name).isReady);
    if (up.length === 0) continue;
    await trial.stack.service(trial.random.pick(up)).kill();
    kills += 1;
  }
  trial.figures.set('kills', kills);
}

/** @throws when nothing was settled for long between the first and the last attempt */
async function sawProgress(trial: Trial): Promise<void> {
  const [row] = await trial.stack.rows<{ sec: number }>(
    `select coalesce(max(extract(epoch from gap)), 0)::float8 as sec
      from (select settled_at - lag(settled_at) over (order by settled_at) as gap from attempt) g`,
  );
  const sec = row?.sec ?? 0;
  trial.figures.set('longest time without an end s', sec);
  if (sec > idleSecMax) throw new Error(`nothing was settled for ${sec.toFixed(1)} s`);
}
