import { cancelCommand } from './cancel.js';
import { convertCommand } from './convert.js';
import { downCommand } from './down.js';
import { execCommand } from './exec.js';
import { jobsCommand } from './jobs.js';
import { lsCommand } from './ls.js';
import { reportCommand } from './report.js';
import { runCommand } from './run.js';
import { showCommand } from './show.js';
import { submitCommand } from './submit.js';
import { upCommand } from './up.js';
import { waitCommand } from './wait.js';
import { watchCommand } from './watch.js';
import { whyCommand } from './why.js';
import { workerCommand } from './worker.js';
import type { VerbCommand } from './verb-command.js';

/** In the order of `sluice --help`. */
export const commands: readonly VerbCommand[] = [
  runCommand,
  execCommand,
  upCommand,
  downCommand,
  workerCommand,
  submitCommand,
  convertCommand,
  lsCommand,
  showCommand,
  reportCommand,
  watchCommand,
  waitCommand,
  jobsCommand,
  cancelCommand,
  whyCommand,
];
