import { MemoryCage, until } from '#test-kit';
import { everyEventTold } from '../expectations.js';
import { LeftOut, stillSecMax } from '../fault-row.js';
import type { Trial } from '../trial.js';
import { harmRow } from './harm-rows.js';

/** What a service may take besides the memory that it has: nothing, as the kernel counts. */
const limitMib = 1;
const services = ['gateway-1', 'transformer-1', 'broker-1'];

export const e5 = harmRow({
  id: 'E5',
  title: 'each service runs out of memory and is killed by the kernel',
  transactionSecMax: stillSecMax,
  harm: async (trial) => {
    for (const name of services) await runsOut(trial, name);
  },
  expected: everyEventTold,
});

/** Under load, so that it asks for memory. */
async function runsOut(trial: Trial, name: string): Promise<void> {
  const cage = MemoryCage.open(name, limitMib);
  if (!cage) throw new LeftOut('the right to make a cgroup that limits memory');
  trial.onEnd(() => Promise.resolve(cage.remove()));
  const { stack, load, figures } = trial;
  const service = stack.service(name);
  const before = service.starts;
  const startedMs = performance.now();
  cage.take(service.pid);
  let over = false;
  const more = async (): Promise<void> => {
    while (!over) await load.run({ workflows: 2 });
  };
  const killed = until(`${name} is killed and started again`, 90_000, () => service.starts > before && service.isReady);
  await Promise.all([killed.finally(() => (over = true)), more()]);
  figures.set(`${name} is back after s`, (performance.now() - startedMs) / 1_000);
}
