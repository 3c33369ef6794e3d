import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { noneRestarted } from '../expectations.js';
import type { Trial } from '../trial.js';
import { harmRow } from './harm-rows.js';

const scarceMs = 8_000;
const connectionsMax = 300;
const oursText = "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'sluice-%'";

export const d9 = harmRow({
  id: 'D9',
  title: 'PostgreSQL has no connection to spare',
  shape: { ownPostgres: true },
  harm: async (trial) => {
    const hogs: pg.Client[] = [await hog(trial)];
    try {
      const [first] = hogs;
      await first?.query(oursText);
      while (hogs.length < connectionsMax) hogs.push(await hog(trial));
      throw new Error('PostgreSQL never ran out of connections');
    } catch (fault) {
      if (!(fault instanceof pg.DatabaseError) || fault.code !== '53300') throw fault;
      await refusesInOrder(trial);
      await sleep(scarceMs);
    } finally {
      await Promise.all(hogs.map((client) => client.end()));
    }
  },
  expected: (trial) => noneRestarted(trial, ['gateway-1', 'transformer-1', 'broker-1']),
});

async function hog({ stack }: Trial): Promise<pg.Client> {
  const client = new pg.Client(stack.database.url);
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Whoever asks meanwhile is answered, or told to come again. */
async function refusesInOrder({ stack }: Trial): Promise<void> {
  const headers = { authorization: `Bearer ${stack.token}` };
  const answer = await fetch(`${stack.urls[0] ?? ''}/api/v1/workflows`, { headers });
  await answer.arrayBuffer();
  const inOrder = answer.status === 200 || (answer.status === 503 && answer.headers.get('retry-after') !== null);
  if (!inOrder) throw new Error(`a list of workflows was answered with ${answer.status}, without Retry-After`);
}
