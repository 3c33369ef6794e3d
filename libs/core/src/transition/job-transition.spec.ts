import { expect, test } from '@jest/globals';
import {
  allowedJobTransitions,
  eventOfDecision,
  hasEnded,
  jobAfter,
  jobEvents,
  jobPlaces,
  stateAfterEnd,
  type JobEvent,
} from './job-transition.js';

const moves = jobEvents.flatMap((event) =>
  jobPlaces.flatMap((place) =>
    (['job', 'barrier', 'final'] as const).map((kind) => ({
      event,
      place,
      kind,
      step: jobAfter(event, { place, kind }),
    })),
  ),
);

test('every event finds every job somewhere: it moves it or says why not', () => {
  expect(moves).toHaveLength(jobEvents.length * jobPlaces.length * 3);
  for (const { step } of moves) expect('place' in step ? jobPlaces : step.refused).not.toHaveLength(0);
});

test('what has ended is moved by nothing but a retry of its user', () => {
  const out = moves.filter(({ place, step }) => hasEnded(place) && 'place' in step);
  expect(new Set(out.map(({ event }) => event))).toEqual(new Set(['reopened']));
});

test('only a ready job is granted, and a barrier never', () => {
  const granted = moves.filter(({ event, step }) => event === 'granted' && 'place' in step);
  expect(granted.map(({ place, kind }) => `${place} ${kind}`)).toEqual(['ready job', 'ready final']);
});

test('only a leased job is ended by a word about its attempt', () => {
  const ends: JobEvent[] = ['finished', 'failed', 'triedAgain', 'triedLater', 'returned'];
  const moved = moves.filter(({ event, step }) => ends.includes(event) && 'place' in step);
  expect(new Set(moved.map(({ place }) => place))).toEqual(new Set(['leased']));
});

test('a cancel ends whatever is open', () => {
  for (const { event, place, step } of moves) {
    if (event === 'cancelled') expect(step).toEqual(hasEnded(place) ? { refused: 'not-open' } : { place: 'failed' });
  }
});

test('these changes of state can be, and no others', () => {
  expect(allowedJobTransitions.map(({ from, to }) => `${from} -> ${to}`).sort()).toEqual([
    'failed -> waiting',
    'finished -> waiting',
    'leased -> failed',
    'leased -> finished',
    'leased -> ready',
    'ready -> failed',
    'ready -> finished',
    'ready -> leased',
    'waiting -> failed',
    'waiting -> ready',
  ]);
});

test.each([
  [{ then: 'fail', delaySec: 0 }, 'failed', 'failed'],
  [{ then: 'retry', delaySec: 0 }, 'triedAgain', 'ready'],
  [{ then: 'retry', delaySec: 5 }, 'triedLater', 'ready'],
] as const)('a job whose attempt is decided on as %j is %s: %s', (decision, event, state) => {
  expect(eventOfDecision(decision)).toBe(event);
  expect(stateAfterEnd(event)).toBe(state);
});
