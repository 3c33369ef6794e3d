import { expect, test } from '@jest/globals';
import { jsonBytes } from '#contracts';
import type { BeatRow, SessionStore } from '../ports/session-store.js';
import { SessionDesk, type Beat } from './session-desk.js';
import { defaultTerms } from './session-terms.js';

const minuteMs = 60_000;

const live = (session: string): BeatRow => ({
  ...{ session, state: 'live', open: 3, ordered: null, site: { state: 'open', sandbox: 'auto' } },
  ...{ suspectSec: null, cutOffStopSec: null },
});

const deskOn = (store: Partial<SessionStore>, nowMs: () => number = () => 0): SessionDesk =>
  new SessionDesk({
    store: store as SessionStore,
    bus: { publish: () => Promise.resolve(), oldestUnsettledSec: () => Promise.resolve(null) },
    terms: defaultTerms,
    newBatchId: () => 'b',
    nowMs,
  });

test('H6: what many workers are to be told is told with one beat after the other, no answer too large, nothing left out', async () => {
  const positions = Array.from({ length: 1_000 }, (_, no) => no);
  const uuid = (no: number): string => `00000000-0000-4000-8000-${String(no).padStart(12, '0')}`;
  const desk = deskOn({
    beat: (beats) => Promise.resolve(beats.map(({ session }) => live(session))),
    verdicts: (ids) =>
      Promise.resolve(ids.map((batchId) => ({ batchId, events: 1_000, duplicate: positions, stale: [] }))),
    held: () => Promise.resolve(new Map()),
  });
  const kills = Array.from({ length: 9_000 }, (_, no) => ({
    session: String(no % 3),
    job: `123456:${no}`,
    attempt: 1,
  }));
  desk.noteKills(kills);
  const awaited = new Map(
    ['0', '1', '2'].map((session) => [session, Array.from({ length: 100 }, (_, no) => uuid(no))]),
  );
  let told = 0;
  for (let round = 0; round < 20; round += 1) {
    const beats = [...awaited].map(([session, batches]) => {
      return { session, heldCount: 0, heldHash: 0, batches, draining: false, leaseSeen: null, upMs: 1 };
    });
    const answers = await desk.beat(beats);
    expect(jsonBytes(answers)).toBeLessThan(600 * 1_024);
    for (const { session, kill, verdicts } of answers) {
      told += kill.length;
      const done = new Set(verdicts.map(({ batchId }) => batchId));
      awaited.set(
        session,
        (awaited.get(session) ?? []).filter((batchId) => !done.has(batchId)),
      );
    }
  }
  expect(told).toBe(kills.length);
  expect([...awaited.values()].flat()).toEqual([]);
});

test('what a broker knows of sessions that end at another one is forgotten within one orphan term', async () => {
  let nowMs = 0;
  const store: Partial<SessionStore> = {
    beat: (beats) => Promise.resolve(beats.map(({ session }) => live(session))),
    held: () => Promise.resolve(new Map()),
    noteServices: () => Promise.resolve(),
    silent: () => Promise.resolve({ suspects: [], facts: null }),
  };
  const desk = deskOn(store, () => nowMs);
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
