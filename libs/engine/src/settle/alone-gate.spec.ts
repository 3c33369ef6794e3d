// Goal: who is alone is alone, nobody waits for ever, and a failure lets the next one in.
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, expect, test } from '@jest/globals';
import { AloneGate } from './alone-gate.js';

let gate: AloneGate;
let inside: string[];
let log: string[];
beforeEach(() => {
  gate = new AloneGate();
  inside = [];
  log = [];
});

/** Work that notes who else is there when it begins. */
const work =
  (name: string, turns = 3) =>
  async (): Promise<string> => {
    log.push([name, ...inside].join(' beside '));
    inside.push(name);
    for (let no = 0; no < turns; no += 1) await turn();
    inside.splice(inside.indexOf(name), 1);
    return name;
  };

test('shared work goes on together; who is alone waits for it, and what comes later waits for who is alone', async () => {
  const first = [gate.shared(work('a')), gate.shared(work('b'))];
  await turn();
  const then = [gate.alone(work('x')), gate.shared(work('c')), gate.alone(work('y')), gate.shared(work('d'))];
  expect(await Promise.all([...first, ...then])).toEqual(['a', 'b', 'x', 'c', 'y', 'd']);
  expect(log.slice(0, 4)).toEqual(['a', 'b beside a', 'x', 'y']);
  expect(log.slice(4).map((line) => line.slice(0, 9))).toEqual([
    expect.stringMatching(/^[cd]$/),
    expect.stringMatching(/^[cd] beside/),
  ]);
});

test('one that comes just when another is asked for is not beside it', async () => {
  for (let no = 0; no < 20; no += 1) {
    const all = [gate.alone(work('x', no % 3)), gate.shared(work('a', no % 4))];
    for (let wait = 0; wait < no % 5; wait += 1) await Promise.resolve();
    all.push(gate.alone(work('y', no % 2)), gate.shared(work('b')));
    await Promise.all(all);
  }
  expect(log.filter((line) => line.startsWith('x beside') || line.startsWith('y beside'))).toEqual([]);
  expect(log.filter((line) => /beside [xy]/.test(line))).toEqual([]);
});

test('work that fails lets the next in, alone or not', async () => {
  const fails = (): Promise<never> => Promise.reject(new Error('it failed'));
  await expect(gate.alone(fails)).rejects.toThrow('it failed');
  await expect(gate.shared(fails)).rejects.toThrow('it failed');
  expect(await gate.alone(work('x'))).toBe('x');
  expect(await gate.shared(work('a'))).toBe('a');
});
