import { join } from 'node:path';
import { findNats } from '#local-stack';
import { freePort, makeTestFolder, oldNatsServer, RunningService, startBareNats } from '#test-kit';
import { LeftOut, type FaultRow } from '../fault-row.js';
import type { Trial } from '../trial.js';

interface Unsuitable {
  what: string;
  program: string;
  args: readonly string[];
  /** More variables of the service. */
  environment: Record<string, string>;
  refusal: RegExp;
}

/** Exit code of a service that was set up wrongly. */
const badSetting = 2;
const apps = ['transformer', 'broker'];

export const c10: FaultRow = {
  id: 'C10',
  title: 'more services are started at a NATS that is too old, without JetStream, or loses what it acknowledged',
  inCi: false,
  run,
};

async function run(trial: Trial): Promise<void> {
  await trial.start();
  await trial.startWorker('one');
  const folder = makeTestFolder('unsuitable-nats');
  trial.onEnd(() => Promise.resolve(folder.remove()));
  const servers = await unsuitable(folder.path);
  await trial.stack.explained(async () => {
    await Promise.all([trial.load.run(), refusedAll(trial, servers)]);
    await trial.drain();
  });
}

/** Real servers, each with one thing wrong. */
async function unsuitable(folder: string): Promise<Unsuitable[]> {
  const old = await oldNatsServer();
  if ('refusal' in old) throw new LeftOut(`a nats-server 2.9: ${old.refusal}`);
  const { path: program } = await findNats({ stateDir: folder });
  const port = String(await freePort());
  const store = (name: string): string[] => ['-js', '-sd', join(folder, name)];
  const monitored = { NATS_MONITOR_URL: `http://127.0.0.1:${port}` };
  return [
    {
      what: '2.9',
      program: old.path,
      args: store('old'),
      environment: {},
      refusal: /nats-server 2\.9\.\d+ is too old/,
    },
    { what: 'JetStream off', program, args: [], environment: {}, refusal: /without JetStream: start it with -js/ },
    {
      ...{ what: 'sync_interval 2m', program, args: [...store('late'), '-m', port] },
      ...{ environment: monitored, refusal: /sync_interval 120s: a power cut loses/ },
    },
  ];
}

async function refusedAll(trial: Trial, servers: readonly Unsuitable[]): Promise<void> {
  for (const { what, program, args, environment, refusal } of servers) {
    const nats = await startBareNats(program, args);
    try {
      for (const app of apps) {
        const { url } = trial.stack.database;
        const service = RunningService.launch(app, { DATABASE_URL: url, NATS_URL: nats.url, ...environment });
        const code = await service.ended();
        const isSaid = service.log.split('\n').some((line) => line.includes('"fatal"') && refusal.test(line));
        if (code !== badSetting || !isSaid) throw new Error(`${what}: ${app} ended with ${code}:\n${service.log}`);
      }
    } finally {
      await nats.stop();
    }
  }
}
