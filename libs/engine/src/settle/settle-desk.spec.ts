// Goal: who is in hand beside a batch that may kill: nobody who could be blamed, and nobody waits who came first.
import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, expect, test } from '@jest/globals';
import type { TerminalBatch } from '#contracts';
import type { DeadLetterStore } from '../ports/dead-letter-store.js';
import type { BatchInHand, InHandStore } from '../ports/in-hand-store.js';
import type { SettleStore } from '../ports/settle-store.js';
import { SettleDesk } from './settle-desk.js';
import { nothingSettled } from './settled-or-aside.js';

/** Partitions in which a transaction began or ended, in order. */
let log: string[];
let letAllEnd: () => void;
let doubted: number[];
/** Deaths of the batches of a partition. */
let deathsIn: Record<number, number>;
let desk: SettleDesk;

beforeEach(() => {
  log = [];
  doubted = [];
  deathsIn = {};
  const held = new Promise<void>((resolve) => (letAllEnd = resolve));
  const settles: Pick<SettleStore, 'settle'> = {
    settle: async <T>(partition: number): Promise<T> => {
      log.push(`${partition} begins`);
      await held;
      log.push(`${partition} ends`);
      const verdict = { batchId: '', events: 1, duplicate: [], stale: [] };
      return { ...nothingSettled, verdicts: [verdict] } as T;
    },
  };
  const fresh = { settled: 0, killedEnd: null, deathsAlone: 0, setAside: 0, duplicate: [], stale: [] };
  const inHand: InHandStore = {
    take: ({ partition }, batches) =>
      Promise.resolve(
        batches.map(({ digest }): BatchInHand => ({ ...fresh, digest, deaths: deathsIn[partition] ?? 0 })),
      ),
    begin: () => Promise.resolve(),
    advance: () => Promise.resolve(),
    letGo: () => Promise.resolve(),
    forget: () => Promise.resolve(),
    doubtful: () => Promise.resolve([]),
  };
  const onDoubt = ({ partition }: { partition: number }): number => doubted.push(partition);
  desk = new SettleDesk({ settles, dead: {} as DeadLetterStore, inHand, holder: randomUUID(), onDoubt, laterMs: 1 });
});

const batch = (): TerminalBatch => ({
  ...{ batchId: randomUUID(), session: '1', partition: 0, leases: [] },
  events: [1, 2].map((ordinal) => ({ lease: 0, job: `16:${ordinal}`, attempt: 1, outcome: 'finished', endedAtMs: 0 })),
});

async function turns(): Promise<void> {
  for (let no = 0; no < 20; no += 1) await turn();
}

test('K3: beside a doubtful batch nothing else that came again is in hand; what comes first goes on', async () => {
  deathsIn = { 1: 2, 2: 0, 3: 2 };
  const all = [desk.settle(1, [batch()], { again: true })];
  await turns();
  all.push(...[2, 3].map((partition) => desk.settle(partition, [batch()], { again: true })));
  all.push(desk.settle(4, [batch()], { again: false }));
  await turns();
  expect(log).toEqual(['1 begins', '4 begins']);
  letAllEnd();
  await Promise.all(all);
  for (const other of ['2', '3']) expect(log.indexOf(`${other} begins`)).toBeGreaterThan(log.indexOf('1 ends'));
  expect(doubted).toEqual([1, 3]);
});

test('K3: a doubtful batch waits for what came again and is in hand', async () => {
  deathsIn = { 1: 0, 2: 2 };
  const all = [desk.settle(1, [batch()], { again: true })];
  await turns();
  all.push(desk.settle(2, [batch()], { again: true }));
  await turns();
  expect(log).toEqual(['1 begins']);
  letAllEnd();
  await Promise.all(all);
  expect(log.slice(0, 3)).toEqual(['1 begins', '1 ends', '2 begins']);
});

test('K1, K2: batches that few died with go together, whatever comes', async () => {
  deathsIn = { 1: 1, 2: 0 };
  const all = [1, 2].map((partition) => desk.settle(partition, [batch()], { again: true }));
  await turns();
  expect(log).toEqual(['1 begins', '2 begins']);
  letAllEnd();
  await Promise.all(all);
  expect(doubted).toEqual([]);
});
