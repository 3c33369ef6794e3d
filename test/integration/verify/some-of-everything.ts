import { expect } from '@jest/globals';
import type { EngineRig } from '#test-kit';

/** Numbers of the workflows that the breaks are planted in. */
export type Numbers = Record<'w' | 'c' | 'p', string>;

/**
 * Fills a database: workflow w with jobs 0 -> 1 -> 2, 0 -> 3 (finished, leased, waiting, ready), 4 failed, 5 pruned below it,
 * 6 in back-off; c is cancelled; p is paused, two jobs in one ready row. All of it under a limit.
 */
export async function someOfEverything(rig: EngineRig): Promise<Numbers> {
  await rig.limits.set({ kind: 'site', name: 'here' }, { capJobs: 100, capCores: null });
  const session = await rig.register();
  const w = await rig.submit({
    jobs: [
      {},
      { parents: [0] },
      { parents: [1] },
      { parents: [0], label: 'ready' },
      { label: 'failing' },
      { parents: [4] },
      { label: 'again' },
    ],
    retry: { failing: { retries: 0 }, again: { retries: 2, backoffSec: 3_600 } },
  });
  const roots = await rig.lease(session, 3);
  const by = (ordinal: number): typeof roots => roots.filter((job) => job.ordinal === ordinal);
  await rig.end(session, by(0));
  await rig.end(session, by(4), { outcome: 'failed', reason: 'error', exitCode: 1 });
  await rig.end(session, by(6), { outcome: 'failed', reason: 'error', exitCode: 1 });
  const [first] = await rig.lease(session, 1);
  expect(first?.ordinal).toBe(1);
  const c = await rig.submit({ jobs: [{ label: 'failing' }, {}], retry: { failing: { retries: 0 } } });
  await rig.cancel(c);
  await rig.runCommands();
  const p = await rig.submit({ jobs: [{}, {}] });
  await rig.pause(p);
  return { w, c, p };
}

/** A text with the numbers of the workflows in it, where it says $w, $c or $p. */
export const filled = (text: string, numbers: Numbers): string =>
  text.replace(/\$([wcp])/g, (_, key: string) => numbers[key as keyof Numbers]);

/** What must be among what is said: `#` is any number. */
export const patternOf = (says: string, numbers: Numbers): RegExp =>
  new RegExp(
    filled(says, numbers)
      .replace(/[^\w #]/g, (sign) => `\\${sign}`)
      .replaceAll('#', '\\d+'),
  );

/** What is found while a break is there: it is taken back. */
export async function whileBroken<T>(rig: EngineRig, sql: string, look: () => Promise<T>): Promise<T> {
  await rig.query('begin');
  try {
    await rig.client.query(sql);
    return await look();
  } finally {
    await rig.query('rollback');
  }
}
