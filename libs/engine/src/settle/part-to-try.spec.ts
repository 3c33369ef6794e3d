// Goal: what kills is found with few deaths, what does not is settled, and deaths from outside decide nothing.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextStep } from './part-to-try.js';

interface Story {
  deaths: number;
  tries: number;
  settled: number[];
  setAside: number[];
}

const isIn = (from: number, end: number) => (event: number) => event >= from && event < end;

/** Plays a batch to its end. @param dies whether the process dies of a part, or with it */
function play(events: number, dies: (from: number, end: number) => boolean): Story {
  const story: Story = { deaths: 0, tries: 0, settled: [], setAside: [] };
  const at = { settled: 0, killedEnd: null as number | null, deathsAlone: 0 };
  const go = (end: number, to: number[]): void => {
    for (; at.settled < end; at.settled += 1) to.push(at.settled);
    at.deathsAlone = 0;
  };
  for (let next = nextStep(events, at); next.do !== 'end'; next = nextStep(events, at)) {
    story.tries += 1;
    if (next.do === 'setAside') go(at.settled + 1, story.setAside);
    else if (dies(at.settled, next.end)) {
      story.deaths += 1;
      at.killedEnd = next.end;
      if (next.end === at.settled + 1) at.deathsAlone += 1;
    } else go(next.end, story.settled);
  }
  return story;
}

test('whatever kills is set aside and all else is settled, at the cost of at most four deaths each', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.uniqueArray(fc.nat(999), { maxLength: 5 }), (events, drawn) => {
      const killers = drawn.filter((killer) => killer < events).sort((a, b) => a - b);
      const story = play(events, (from, end) => killers.some(isIn(from, end)));
      expect(story.setAside).toEqual(killers);
      expect(story.settled).toHaveLength(events - killers.length);
      expect(story.deaths).toBeLessThanOrEqual(killers.length * (events === 1 ? 2 : events <= 32 ? 3 : 4));
      expect(story.tries).toBeLessThanOrEqual((killers.length + 1) * 200);
    }),
    { seed: 28, numRuns: 500 },
  );
});

test('deaths from outside, never two in a row, set nothing aside', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.array(fc.boolean(), { maxLength: 40 }), (events, moments) => {
      let diedLast = false;
      const story = play(events, () => (diedLast = !diedLast && moments.shift() === true));
      expect(story.setAside).toEqual([]);
      expect(story.settled).toHaveLength(events);
    }),
    { seed: 28, numRuns: 500 },
  );
});

test('a batch without events is at its end', () => {
  expect(nextStep(0, { settled: 0, killedEnd: null, deathsAlone: 0 })).toEqual({ do: 'end' });
});
