import { expect, test } from '@jest/globals';
import type { SessionStore } from '../ports/session-store.js';
import { SessionDesk, type Beat } from './session-desk.js';
import { defaultTerms } from './session-terms.js';

const minuteMs = 60_000;

test('what a broker knows of sessions that end at another one is forgotten within one orphan term', async () => {
  let nowMs = 0;
  const store: Partial<SessionStore> = {
    beat: (beats) =>
      Promise.resolve(
        beats.map(({ session }) => ({
          ...{ session, state: 'live', open: 3, ordered: null, site: { state: 'open', sandbox: 'auto' } },
          ...{ suspectSec: null, cutOffStopSec: null },
        })),
      ),
    held: () => Promise.resolve(new Map()),
    noteServices: () => Promise.resolve(),
    silent: () => Promise.resolve({ suspects: [], facts: null }),
  };
  const desk = new SessionDesk({
    store: store as SessionStore,
    bus: { publish: () => Promise.resolve(), oldestUnsettledSec: () => Promise.resolve(null) },
    terms: defaultTerms,
    newBatchId: () => 'b',
    nowMs: () => nowMs,
  });
  const beat = { session: '1', heldCount: 2, batches: [], draining: false, leaseSeen: null } as unknown as Beat;
  await desk.beat([beat]);
  desk.noteKills([{ session: '2', job: '5:0', attempt: 1 }]);
  expect(desk.remembered).toBe(2);
  nowMs = 14 * minuteMs;
  desk.noteKills([{ session: '3', job: '5:1', attempt: 1 }]);
  await desk.findSilent();
  expect(desk.remembered).toBe(3);
  nowMs = 16 * minuteMs;
  await desk.findSilent();
  expect(desk.remembered).toBe(1);
  expect(desk.takeKills('3')).toEqual([{ job: '5:1', attempt: 1 }]);
  expect(desk.takeKills('2')).toEqual([]);
});
