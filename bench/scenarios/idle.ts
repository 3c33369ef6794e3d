import { setTimeout as sleep } from 'node:timers/promises';
import { withStack, type Stack } from '../kit/stack.js';
import { rounded } from '../kit/statistics.js';
import { atMost, type Scenario } from '../scenario.js';

const workers = 4;
/** After a start some work goes on: modules load, registers run. */
const calmSec = 10;

export const idle: Scenario = {
  about: 'processor time of the Node services with 4 workers and nothing to do',
  async run(servers, options, say) {
    return withStack(servers, async (stack) => {
      await stack.startWorkers({ ...options, workers });
      await sleep(calmSec * 1_000);
      say(`watching for ${options.seconds} s`);
      const before = cpuSecs(stack);
      await sleep(options.seconds * 1_000);
      const after = cpuSecs(stack);
      const rows = stack.services.map((service, i) => ({
        process: service.name,
        '% of a core': rounded((100 * ((after[i] ?? 0) - (before[i] ?? 0))) / options.seconds),
        'resident MiB': service.usage().rssMib,
      }));
      const total = rows.slice(0, -workers).reduce((sum, row) => sum + row['% of a core'], 0);
      return {
        rows,
        bars: [atMost(`% of a core of all services over ${options.seconds} s`, rounded(total), 3)],
        notes: ['The workers are listed, and not in the sum. Linux counts in steps of 10 ms.'],
      };
    });
  },
};

const cpuSecs = (stack: Stack): number[] => stack.services.map((service) => service.usage().cpuSec);
