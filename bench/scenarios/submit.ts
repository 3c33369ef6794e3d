import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LongestTransaction } from '../kit/longest-transaction.js';
import { runProgram } from '../kit/program.js';
import type { Servers } from '../kit/servers.js';
import { withStack, type Stack } from '../kit/stack.js';
import { rounded } from '../kit/statistics.js';
import { documentBytes, type Shape } from '../kit/workload.js';
import { atMost, type Row, type Scenario } from '../scenario.js';

const layers = 10;

export const submit: Scenario = {
  about: 'from an NDJSON file on disk to a sealed workflow',
  async run(servers, options, say) {
    const shape = { jobs: options.jobs ?? 1_000_000, layers };
    const file = await writeDocument(servers, shape);
    say('the document is written');
    return withStack(servers, async (stack) => {
      const watch = await LongestTransaction.watch(stack.databaseUrl);
      const { seconds, peakRssMib } = await submitFile(stack, servers, file);
      const longestSec = await watch.stop();
      const rows = [...peaks(stack), { process: 'client, peak MiB', value: peakRssMib }];
      return {
        rows: [
          ...rows,
          { process: 'seconds', value: rounded(seconds) },
          { process: 'longest transaction, s', value: rounded(longestSec) },
        ],
        bars: [
          atMost(`seconds to submit ${shape.jobs} jobs`, rounded(seconds), 40),
          atMost('peak MiB of the largest process', Math.max(...rows.map((row) => row.value)), 300),
          atMost('longest transaction, s', rounded(longestSec), 5),
        ],
        notes: ['The client is `sluice submit FILE`, its start included.'],
      };
    });
  },
};

async function writeDocument(servers: Servers, shape: Shape): Promise<string> {
  const file = join(servers.folder, 'document.ndjson');
  await pipeline(documentBytes(shape), createWriteStream(file));
  return file;
}

async function submitFile(
  stack: Stack,
  servers: Servers,
  file: string,
): Promise<{ seconds: number; peakRssMib: number }> {
  const since = performance.now();
  const env = { ...process.env, SLUICE_URL: stack.url, SLUICE_TOKEN_FILE: stack.tokenFile };
  const program = runProgram(commandLine, ['submit', file, '-o', 'id'], { cwd: servers.folder, env });
  await program.output;
  return { seconds: (performance.now() - since) / 1_000, peakRssMib: program.peakRssMib() };
}

const commandLine = join(import.meta.dirname, '..', '..', 'apps', 'cli', 'src', 'main.js');

type Peak = Row & { process: string; value: number };

const peaks = (stack: Stack): Peak[] =>
  stack.services.map((service) => ({ process: `${service.name}, peak MiB`, value: service.usage().peakRssMib }));
