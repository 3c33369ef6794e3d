/**
 * A process of simulated workers, so that what they cost is not counted with what they measure. Started by
 * bench/kit/worker-crowd.ts; talks to it by IPC.
 */
import { SimulatedWorker, type SimulatedOptions } from './kit/simulated-worker.js';

export interface CrowdOptions extends Omit<SimulatedOptions, 'name' | 'leased'> {
  first: number;
  workers: number;
}

export type CrowdOrder = { start: CrowdOptions } | { go: true } | { tell: true };
export type CrowdAnswer = { registered: number } | { leases: [atMs: number, tookMs: number][] };

/** So many register at once: a crowd that comes at once is a trial of its own. */
const registeredAtOnce = 100;

const workers: SimulatedWorker[] = [];
let leases: [number, number][] = [];

async function register({ first, workers: count, ...options }: CrowdOptions): Promise<void> {
  for (let no = 0; no < count; no += 1) {
    const leased = (atMs: number, tookMs: number): void => void leases.push([atMs, tookMs]);
    workers.push(new SimulatedWorker({ ...options, name: `simulated-${first + no}`, leased }));
  }
  for (let from = 0; from < workers.length; from += registeredAtOnce) {
    await Promise.all(workers.slice(from, from + registeredAtOnce).map((worker) => worker.register()));
  }
  answer({ registered: workers.length });
}

const answer = (message: CrowdAnswer): void => void process.send?.(message);

process.on('message', (order: CrowdOrder) => {
  if ('start' in order) void register(order.start);
  else if ('go' in order) for (const worker of workers) void worker.run();
  else {
    answer({ leases });
    leases = [];
  }
});
process.once('disconnect', () => process.exit(0));
