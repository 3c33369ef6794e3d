import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LongestTransaction } from '../kit/longest-transaction.js';
import { submitBytes } from '../kit/measured-run.js';
import { usageOf } from '../kit/process-usage.js';
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
      const seconds = await submitFile(stack, file);
      const longestSec = await watch.stop();
      const rows = peaks(stack);
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
        notes: ['The client is the benchmark itself: it reads, checks and sends the file as the command line does.'],
      };
    });
  },
};

async function writeDocument(servers: Servers, shape: Shape): Promise<string> {
  const file = join(servers.folder, 'document.ndjson');
  await pipeline(documentBytes(shape), createWriteStream(file));
  return file;
}

async function submitFile(stack: Stack, file: string): Promise<number> {
  const since = performance.now();
  await submitBytes(stack, createReadStream(file));
  return (performance.now() - since) / 1_000;
}

type Peak = Row & { process: string; value: number };

const peaks = (stack: Stack): Peak[] => [
  ...stack.services.map((service) => ({ process: `${service.name}, peak MiB`, value: service.usage().peakRssMib })),
  { process: 'client, peak MiB', value: usageOf(process.pid).peakRssMib },
];
