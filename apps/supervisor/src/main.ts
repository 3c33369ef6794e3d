import { parseArgs } from 'node:util';
import { stateDirOf, supervise } from '#local-stack';

/** Starts a stack and keeps it: `sluice` starts this in the background; by hand (or under systemd) use `--mode=up`. */
const { values } = parseArgs({
  options: {
    'state-dir': { type: 'string' },
    mode: { type: 'string', default: 'up' },
    processes: { type: 'boolean', default: false },
    workers: { type: 'string' },
    cores: { type: 'string' },
    transforms: { type: 'string', multiple: true },
    'http-port': { type: 'string' },
    'started-by': { type: 'string' },
  },
});

const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

process.exitCode = await supervise({
  stateDir: stateDirOf(values['state-dir']),
  mode: values.mode === 'run' ? 'run' : 'up',
  settings: {
    processes: values.processes,
    workers: number(values.workers),
    coresPerWorker: number(values.cores),
    transforms: values.transforms,
    httpPort: number(values['http-port']),
  },
  startedBy: values['started-by'],
});
process.exit();
