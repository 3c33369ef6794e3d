import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTestFolder, mayMount, TrialLine, until } from '#test-kit';
import { everyEventTold, noDeadLetters, noneRestarted } from '../expectations.js';
import { LeftOut, type FaultRow } from '../fault-row.js';
import { plainDocument } from '../trial-document.js';
import type { Trial } from '../trial.js';

const names = { postgres: 'postgres.localhost', nats: 'nats.localhost', gateway: 'gateway.localhost' };
/** Addresses of loopback that the names stand for, one after the other. */
const addresses = { before: '127.0.0.2', after: '127.0.0.3' };
const againSecMax = 60;

export const e7: FaultRow = {
  id: 'E7',
  title: 'the names of PostgreSQL, NATS and gateway come to stand for other addresses',
  inCi: false,
  run,
};

/** What answers to one name: where it is reached before, and where afterwards, at the same port. */
class Moving {
  private constructor(
    private readonly before: TrialLine,
    private readonly after: TrialLine,
    /** With the name in it. */
    readonly url: string,
  ) {}

  static async start(trial: Trial, target: string, name: string): Promise<Moving> {
    const before = await TrialLine.start(target, { host: addresses.before });
    const port = Number(new URL(before.url).port);
    const after = await TrialLine.start(target, { host: addresses.after, port });
    for (const line of [before, after]) trial.onEnd(() => line.stop());
    after.cut();
    return new Moving(before, after, before.url.replace(addresses.before, name));
  }

  move(): void {
    this.before.cut();
    this.after.heal();
  }

  get connections(): number {
    return this.after.connections;
  }
}

async function run(trial: Trial): Promise<void> {
  if (!mayMount()) throw new LeftOut('the right to mount a file over /etc/hosts');
  const folder = makeTestFolder('names');
  trial.onEnd(() => Promise.resolve(folder.remove()));
  const hosts = join(folder.path, 'hosts');
  const pointTo = (address: string): void =>
    writeFileSync(
      hosts,
      Object.values(names)
        .map((name) => `${address} ${name}\n`)
        .join(''),
    );
  pointTo(addresses.before);
  const moving: Moving[] = [];
  const reachedAs = async (target: string, name: string): Promise<string> => {
    const one = await Moving.start(trial, target, name);
    moving.push(one);
    return one.url;
  };
  await trial.start({
    hosts,
    through: async ({ postgres, nats }) => ({
      postgres: await reachedAs(postgres, names.postgres),
      nats: await reachedAs(nats, names.nats),
    }),
  });
  const gateway = await reachedAs(trial.stack.urls[0] ?? '', names.gateway);
  for (const name of ['one', 'two']) await trial.startWorker(name, { flags: ['--url', gateway] });
  await trial.stack.explained(async () => {
    const loading = trial.load.run({ workflows: 10 });
    await until('work is under way', 60_000, async () => (await ended(trial)) > 3);
    pointTo(addresses.after);
    for (const one of moving) one.move();
    await worksAgain(trial);
    await loading;
    await trial.drain();
    if (moving.some(({ connections }) => connections === 0)) throw new Error('somebody is reached nowhere');
    noneRestarted(trial, ['gateway-1', 'transformer-1', 'broker-1']);
    await noDeadLetters(trial);
    await everyEventTold(trial);
  });
}

async function worksAgain(trial: Trial): Promise<void> {
  const movedMs = performance.now();
  const { id } = await trial.load.submit(plainDocument('afterwards', 12, 'quick'));
  await until('work goes on', againSecMax * 1_000, async () => (await trial.stack.finished(id)) === 12);
  trial.figures.set('works again after s', (performance.now() - movedMs) / 1_000);
}

async function ended({ stack }: Trial): Promise<number> {
  const [row] = await stack.rows<{ count: number }>('select count(*)::int as count from attempt');
  return row?.count ?? 0;
}
