// Goal: an order with a key is carried out once, whoever repeats it, and a refused one leaves the key free.
import { expect, test } from '@jest/globals';
import type { AnswerClaim, KeptAnswerStore } from '../ports/kept-answer-store.js';
import { answerOnce } from './answer-once.js';

const order = { id: new Uint8Array([1]), body: new Uint8Array([2]) };

class OneAnswer implements KeptAnswerStore {
  claimedBy: string | null = null;
  answer: string | null = null;
  async claim(_: typeof order, { by }: { by: string }): Promise<AnswerClaim> {
    if (this.answer !== null) return { kind: 'kept', answer: this.answer };
    this.claimedBy ??= by;
    return this.claimedBy === by ? { kind: 'mine' } : { kind: 'busy' };
  }
  async keep(_: typeof order, __: string, answer: string): Promise<void> {
    this.answer = answer;
  }
  async release(): Promise<void> {
    this.claimedBy = null;
  }
}

function rig() {
  const answers = new OneAnswer();
  let slept = 0;
  const sleep = async (ms: number): Promise<void> => void (slept += ms);
  return { answers, ports: { answers, sleep }, sleptMs: () => slept };
}

test('the second request gets the answer of the first', async () => {
  const { ports } = rig();
  let times = 0;
  const carryOut = async (): Promise<string> => `{"times":${(times += 1)}}`;
  const first = await answerOnce(ports, { order, by: 'a' }, carryOut);
  const second = await answerOnce(ports, { order, by: 'b' }, carryOut);
  expect([first, second, times]).toEqual([{ kind: 'answered', answer: '{"times":1}' }, first, 1]);
});

test('a refused order leaves its key free', async () => {
  const { ports } = rig();
  const refused = answerOnce(ports, { order, by: 'a' }, () => Promise.reject(new Error('refused')));
  await expect(refused).rejects.toThrow('refused');
  expect(await answerOnce(ports, { order, by: 'b' }, async () => '{}')).toEqual({ kind: 'answered', answer: '{}' });
});

test('a repeat waits for the first, and not for ever', async () => {
  const { ports, answers, sleptMs } = rig();
  answers.claimedBy = 'a';
  expect(await answerOnce(ports, { order, by: 'b' }, async () => '{}')).toEqual({ kind: 'busy' });
  expect(sleptMs()).toBeGreaterThan(15_000);
});
