import { expect, test } from '@jest/globals';
import { judgeSilence, type SilenceFacts, type SilentSession } from './judge-silence.js';

const hourSec = 3_600;

/** Sessions of one site whose last signs of life are a second apart at most. */
function silentAt(site: string, sessions: number, silentSec: number): SilentSession[] {
  return Array.from({ length: sessions }, (_, no) => {
    return { id: `${site}${no}`, site, silentSec: silentSec + no / sessions, orphanSec: 900, holds: true };
  });
}

function judged(facts: Partial<SilenceFacts>): [givenUp: number, kept: number] {
  const { giveUp, kept } = judgeSilence({ silent: [], heard: new Map(), wholeSec: hourSec, ...facts });
  return [giveUp.length, kept.length];
}

test('O1: a session is given up once it was silent for its orphan term, not before', () => {
  const heard = new Map([['a', 9]]);
  expect(judged({ silent: silentAt('a', 1, 899), heard })).toEqual([0, 0]);
  expect(judged({ silent: silentAt('a', 1, 901), heard })).toEqual([1, 0]);
  expect(judged({ silent: [{ ...silentAt('a', 1, 100)[0], orphanSec: 99 } as SilentSession], heard })).toEqual([1, 0]);
});

test('O2: nothing is given up within its term after one of our services came back, nor while one is away', () => {
  const silent = silentAt('a', 1, 2_000);
  const heard = new Map([['a', 9]]);
  expect(judged({ silent, heard, wholeSec: 899 })).toEqual([0, 0]);
  expect(judged({ silent, heard, wholeSec: 0 })).toEqual([0, 0]);
  expect(judged({ silent, heard, wholeSec: 900 })).toEqual([1, 0]);
});

test('O3: more than a fifth that fell silent together is kept; a fifth is given up, and so is one session alone', () => {
  expect(judged({ silent: silentAt('a', 20, 1_000), heard: new Map([['a', 80]]) })).toEqual([20, 0]);
  expect(judged({ silent: silentAt('a', 21, 1_000), heard: new Map([['a', 79]]) })).toEqual([0, 21]);
  expect(judged({ silent: silentAt('a', 1, 1_000), heard: new Map([['a', 1]]) })).toEqual([1, 0]);
  const spread = [...silentAt('a', 2, 1_000), ...silentAt('b', 1, 1_000)];
  const heard = new Map([
    ['a', 3],
    ['b', 4],
  ]);
  expect(judged({ silent: spread, heard })).toEqual([0, 3]);
});

test('O3: those that fell silent one after another are no crowd', () => {
  const silent = Array.from({ length: 30 }, (_, no) => silentAt(`a${no}`, 1, 1_000 + no * 200)).flat();
  expect(judged({ silent, heard: new Map([['a', 10]]) })).toEqual([30, 0]);
});

test('O3: sessions that are silent for less than their orphan term are of the crowd, but not given up', () => {
  const silent = [...silentAt('a', 10, 905), ...silentAt('b', 12, 890)];
  expect(judged({ silent, heard: new Map([['c', 78]]) })).toEqual([0, 10]);
});

test('O4: a site that is cut off alone is given up, however large; not when nobody elsewhere is heard', () => {
  const silent = silentAt('big', 900, 1_000);
  expect(judged({ silent, heard: new Map([['small', 10]]) })).toEqual([900, 0]);
  expect(judged({ silent: [...silent, ...silentAt('small', 1, 1_000)], heard: new Map([['small', 9]]) })).toEqual([
    901, 0,
  ]);
  expect(judged({ silent, heard: new Map([['big', 10]]) })).toEqual([0, 900]);
  expect(judged({ silent })).toEqual([0, 900]);
});

test('O5: of a crowd those that hold nothing are ended; the others are kept as long as the rest is still too many', () => {
  const idle = silentAt('a', 30, 1_000).map((session) => ({ ...session, holds: false }));
  const busy = silentAt('b', 15, 1_000);
  const heard = new Map([['c', 85]]);
  expect(judged({ silent: [...idle, ...busy], heard })).toEqual([30, 15]);
  expect(judged({ silent: busy, heard })).toEqual([15, 0]);
});

test('ten thousand sessions that are silent at once are judged in well under a second', () => {
  const silent = Array.from({ length: 50 }, (_, no) => silentAt(`s${no}`, 200, 1_000)).flat();
  const startMs = process.cpuUsage().user / 1_000;
  expect(judged({ silent, heard: new Map([['x', 100]]) })).toEqual([0, 10_000]);
  expect(process.cpuUsage().user / 1_000 - startMs).toBeLessThan(1_000);
});
