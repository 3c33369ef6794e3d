import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import { checkInThread } from '#documents';
import { runProgram } from '../kit/program.js';
import type { Servers } from '../kit/servers.js';
import { rounded } from '../kit/statistics.js';
import { documentBytes } from '../kit/workload.js';
import { atMost, type Scenario } from '../scenario.js';

const layers = 10;
const resolutionMs = 5;

export const validate: Scenario = {
  about: 'the whole check of an NDJSON file, without a server',
  async run(servers, options, say) {
    const shape = { jobs: options.jobs ?? 1_000_000, layers };
    const file = join(servers.folder, 'document.ndjson');
    await pipeline(documentBytes(shape), createWriteStream(file));
    say('the document is written');
    const thread = await inThread(file);
    const command = await byCommand(servers, file);
    return {
      rows: [
        { figure: 'jobs', value: thread.jobs },
        { figure: 'edges', value: thread.edges },
        { figure: 'seconds', value: rounded(thread.seconds) },
        { figure: 'loop lag p99, ms', value: rounded(thread.lagP99Ms) },
        { figure: 'loop lag max, ms', value: rounded(thread.lagMaxMs) },
        { figure: 'seconds, sluice validate', value: rounded(command.seconds) },
        { figure: 'peak MiB, sluice validate', value: command.peakRssMib },
      ],
      bars: [
        atMost(`seconds to check ${thread.jobs} jobs and ${thread.edges} edges`, rounded(thread.seconds), 10),
        atMost('loop lag p99 of the calling thread, ms', rounded(thread.lagP99Ms), 200),
      ],
      notes: [`Lag is what monitorEventLoopDelay sees over ${resolutionMs} ms; it holds these ${resolutionMs} ms.`],
    };
  },
};

/** Checks as a service would that goes on answering meanwhile. */
async function inThread(file: string) {
  const lag = monitorEventLoopDelay({ resolution: resolutionMs });
  const since = performance.now();
  lag.enable();
  const verdict = await checkInThread(file);
  lag.disable();
  if (!('summary' in verdict)) throw new Error(`the document is refused: ${JSON.stringify(verdict.refusal)}`);
  return {
    jobs: verdict.summary.jobCount,
    edges: verdict.summary.edgeCount,
    seconds: (performance.now() - since) / 1_000,
    lagP99Ms: lag.percentile(99) / 1e6,
    lagMaxMs: lag.max / 1e6,
  };
}

async function byCommand(servers: Servers, file: string): Promise<{ seconds: number; peakRssMib: number }> {
  const since = performance.now();
  const program = runProgram(commandLine, ['validate', file], { cwd: servers.folder, env: process.env });
  await program.output;
  return { seconds: (performance.now() - since) / 1_000, peakRssMib: program.peakRssMib() };
}

const commandLine = join(import.meta.dirname, '..', '..', 'apps', 'cli', 'src', 'main.js');
