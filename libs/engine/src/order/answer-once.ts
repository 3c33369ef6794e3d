import type { KeptAnswerStore, KeyedOrder } from '../ports/kept-answer-store.js';

export interface AnswerPorts {
  answers: KeptAnswerStore;
  sleep: (ms: number) => Promise<void>;
}

/** A claim holds for so long: whose gateway died is overtaken then. Carrying an order out twice does no harm. */
const claimSec = 15;
/** A repeat waits a little longer for the first answer than a claim holds. */
const waitMsMax = 20_000;
const pollMs = { first: 20, last: 500 } as const;

/** `busy`: the first of them is still being carried out. `differs`: the key came with another body before. */
export type OnceOutcome = { kind: 'answered'; answer: string } | { kind: 'busy' } | { kind: 'differs' };

/**
 * Carries an order out for the first of all requests with one key, and gives the others its answer. What is refused
 * changed nothing, and is not kept: it may be sent again.
 * @param request `by`: of this request alone
 */
export async function answerOnce(
  ports: AnswerPorts,
  { order, by }: { order: KeyedOrder; by: string },
  carryOut: () => Promise<string>,
): Promise<OnceOutcome> {
  let waitMs: number = pollMs.first;
  for (let waitedMs = 0; ; waitMs = Math.min(waitMs * 2, pollMs.last)) {
    const claim = await ports.answers.claim(order, { by, sec: claimSec });
    if (claim.kind === 'mine') return { kind: 'answered', answer: await carriedOut(ports, { order, by }, carryOut) };
    if (claim.kind === 'kept') return { kind: 'answered', answer: claim.answer };
    if (claim.kind === 'differs' || waitedMs >= waitMsMax) return { kind: claim.kind };
    await ports.sleep(waitMs);
    waitedMs += waitMs;
  }
}

async function carriedOut(
  { answers }: AnswerPorts,
  { order, by }: { order: KeyedOrder; by: string },
  carryOut: () => Promise<string>,
): Promise<string> {
  try {
    const answer = await carryOut();
    await answers.keep(order, by, answer);
    return answer;
  } catch (refusal) {
    await answers.release(order, by).catch(() => undefined); // then it is overtaken once the claim is over
    throw refusal;
  }
}
