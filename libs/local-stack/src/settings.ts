import { availableParallelism } from 'node:os';
import type { StackSettings } from './stack-contract.js';

/** One worker with all cores of the machine; the gateway on its usual port. */
export function completeSettings(given: Partial<StackSettings> = {}): StackSettings {
  return {
    processes: given.processes ?? false,
    workers: given.workers ?? 1,
    coresPerWorker: given.coresPerWorker ?? availableParallelism(),
    transforms: given.transforms ?? [],
    httpPort: given.httpPort ?? 7_070,
  };
}
