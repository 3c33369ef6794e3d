import { PowerDisk } from '#test-kit';
import { everyEventTold } from '../expectations.js';
import { LeftOut } from '../fault-row.js';
import type { Trial } from '../trial.js';
import { harmRow } from './harm-rows.js';

export const c3 = harmRow({
  id: 'C3',
  title: 'NATS loses its power: what it acknowledged is on its disk',
  harm: async (trial) => {
    const { nats } = trial.stack;
    const disk = await makeDisk(trial);
    await nats.without((place) => disk.takeIn(place), { killed: false });
    await trial.load.run({ workflows: 4 });
    process.kill(nats.pid, 'SIGSTOP');
    await disk.keepWhatIsWritten();
    const acknowledged = await confirmed(trial);
    if (acknowledged === 0) throw new Error('nothing was acknowledged: the row tries nothing');
    trial.figures.set('events acknowledged before', acknowledged);
    await nats.without(() => disk.cutPower(), { killed: true });
  },
  expected: everyEventTold, // those acknowledged before are not told again
});

async function makeDisk(trial: Trial): Promise<PowerDisk> {
  const disk = await PowerDisk.make().catch((fault: unknown) => {
    throw new LeftOut(`a disk in a file, and the right to mount it: ${fault instanceof Error ? fault.message : ''}`);
  });
  trial.onEnd(() => disk.remove());
  return disk;
}

async function confirmed({ stack }: Trial): Promise<number> {
  const [row] = await stack.rows<{ count: number }>(
    'select count(*)::int as count from outbox where confirmed_at is not null',
  );
  return row?.count ?? 0;
}
