/**
 * Owns the lease requests that wait at this gateway for a broker's answer. Knows no route and no subject.
 *
 * P1  A session has at most one open poll: a newer request ends the older one.
 * P2  Every poll ends: by its answer, by a newer one, when its client leaves, or empty at the end of its wait.
 * P3  A broker may have lost an ask (core NATS is at most once): after `againMs` without an answer it is sent again.
 */
import { refusals } from '../../http/refusal.js';
import type { LeaseAnswer, LeaseAnswerMessage, LeaseAskMessage, LeaseGoneMessage, LeaseRequest } from '#contracts';

/** Longest wait of a poll, whatever the worker asks for: proxies cut what is silent for longer. */
export const pollMsMax = 25_000;
const againMs = 5_000;
/** Polls that one gateway holds open; it is room for a few kilobytes each. Beyond it workers come back, perhaps elsewhere. */
const pollsMax = 30_000;
/** Workers that are sent away come back over so long. */
const comeBackSec = 5;
/** Asks in one message. */
const asksMax = 1_000;

/** How a poll ended. `replaced`: the same request came again on another connection, which gets the answer. */
export type PollEnd = { end: 'answered'; status: number; body: string } | { end: 'replaced' };

/** What brokers are told: asks go to one of them, what is gone to all. */
export type PollNews = LeaseAskMessage & LeaseGoneMessage;

type Ask = LeaseAskMessage['asks'][number];
interface Poll {
  ask: Ask;
  untilMs: number;
  /** What came so far of an answer in several parts. */
  parts: string[];
  timer: NodeJS.Timeout;
  finish: (end: PollEnd) => void;
}

export class LeasePolls {
  private readonly open = new Map<string, Poll>();
  private asks: Ask[] = [];
  private gone: LeaseGoneMessage['gone'] = [];
  private draining = false;

  constructor(
    private readonly gateway: string,
    private readonly send: (news: PollNews) => void,
    private readonly now: () => number = () => performance.now(),
    private readonly openMax = pollsMax,
  ) {}

  /**
   * @param onGone calls back when the client has left: nobody waits any more.
   * @throws Refusal 503 when too many wait already.
   */
  poll(session: string, request: LeaseRequest, onGone: (left: () => void) => void): Promise<PollEnd> {
    const { waitSec, ...asked } = request;
    if (this.draining) return Promise.resolve(emptyEnd(request.requestId));
    this.makeRoom(session, request.requestId);
    if (this.open.size >= this.openMax) {
      return Promise.reject(refusals.unavailable('too many workers wait at this gateway', comeBackSec));
    }
    return new Promise((finish) => {
      const untilMs = this.now() + Math.min(waitSec * 1_000, pollMsMax);
      const ask = { ...asked, session };
      const poll: Poll = { ask, untilMs, parts: [], timer: this.timerFor(session, untilMs), finish };
      this.open.set(session, poll);
      onGone(() => this.leave(session, poll));
      this.sendAsk(poll.ask);
    });
  }

  /** Hands on what a broker answered. An answer nobody waits for is dropped: the worker asks again by its requestId. */
  answer(message: LeaseAnswerMessage): void {
    for (const answer of message.answers) {
      const poll = this.open.get(answer.session);
      if (poll?.ask.requestId === answer.requestId) this.take(poll, answer);
    }
  }

  /** Ends all polls, and every later one at once: the gateway is going. */
  drain(): void {
    this.draining = true;
    for (const [session, poll] of this.open) this.giveUp(session, poll);
    this.flush();
  }

  /** A part that does not follow the one before is of an answer whose beginning was lost: it is sent again when asked. */
  private take(
    poll: Poll,
    { session, status = 200, body, part = 1, parts = 1 }: LeaseAnswerMessage['answers'][number],
  ): void {
    if (part === 1) poll.parts = [];
    if (poll.parts.length !== part - 1) return;
    poll.parts.push(body);
    if (part === parts) this.close(session, poll, { end: 'answered', status, body: poll.parts.join('') });
  }

  private makeRoom(session: string, requestId: string): void {
    const older = this.open.get(session);
    if (!older) return;
    if (older.ask.requestId === requestId) this.close(session, older, { end: 'replaced' });
    else this.giveUp(session, older);
  }

  private timerFor(session: string, untilMs: number): NodeJS.Timeout {
    return setTimeout(() => this.wake(session), Math.min(againMs, Math.max(0, untilMs - this.now())));
  }

  private wake(session: string): void {
    const poll = this.open.get(session);
    if (!poll) return;
    if (this.now() >= poll.untilMs - 1) {
      this.giveUp(session, poll);
      return;
    }
    this.sendAsk({ ...poll.ask, again: true });
    poll.timer = this.timerFor(session, poll.untilMs);
  }

  private leave(session: string, poll: Poll): void {
    if (this.open.get(session) === poll) this.giveUp(session, poll);
  }

  private giveUp(session: string, poll: Poll): void {
    const { requestId } = poll.ask;
    this.gather(() => this.gone.push({ session, requestId }));
    this.close(session, poll, emptyEnd(requestId));
  }

  private close(session: string, poll: Poll, end: PollEnd): void {
    clearTimeout(poll.timer);
    this.open.delete(session);
    poll.finish(end);
  }

  private sendAsk(ask: Ask): void {
    this.gather(() => this.asks.push(ask));
  }

  /** What comes in the same turn of the event loop leaves as one message. */
  private gather(add: () => void): void {
    if (this.asks.length === 0 && this.gone.length === 0) setImmediate(() => this.flush());
    add();
  }

  private flush(): void {
    while (this.asks.length > 0 || this.gone.length > 0) {
      this.send({ gateway: this.gateway, asks: this.asks.splice(0, asksMax), gone: this.gone.splice(0, asksMax) });
    }
  }
}

/** The answer of a poll to which nothing became ready in time. */
function emptyEnd(requestId: string): PollEnd {
  const answer: LeaseAnswer = { requestId, lease: null, tasks: [], jobs: [] };
  return { end: 'answered', status: 200, body: JSON.stringify(answer) };
}
