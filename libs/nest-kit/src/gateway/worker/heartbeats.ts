import type { HeartbeatAnswer, HeartbeatRequest } from '#contracts';
import { inMessages, jsonBytes, subjects } from '#contracts';

/** Sends one request to a broker and gives its answer. */
export type AskBroker = <Answer>(subject: string, body: object) => Promise<Answer>;

/** Beats in one message, and their bytes: after an outage each names many batches, and the answer says more of each. */
const beatsMax = 1_000;
const beatsBytesMax = 128 * 1024;
/** Beats wait so long for company. Nobody waits for them: what they bring is seconds old anyway. */
const gatherMs = 100;
/** Without a beat a broker hears from this gateway so often: it tells silent workers from a gateway that was away. */
const presentMs = 5_000;

type Beat = HeartbeatRequest & { session: string };
interface BeatsAnswer {
  answers: ({ session: string } & HeartbeatAnswer)[];
}
interface Waiting {
  beat: Beat;
  resolve: (answer: HeartbeatAnswer | null) => void;
  reject: (cause: unknown) => void;
}

/** Beats that arrive within a tenth of a second go to a broker as one message. */
export class Heartbeats {
  private waiting: Waiting[] = [];
  private presence: NodeJS.Timeout | null = null;

  constructor(private readonly ask: AskBroker) {}

  /** From now on brokers hear that this gateway is there. */
  start(): void {
    const present = (): void => void this.ask(subjects.heartbeat, { beats: [] }).catch(() => undefined); // or they don't
    present();
    this.presence = setInterval(present, presentMs);
  }

  stop(): void {
    if (this.presence) clearInterval(this.presence);
  }

  /**
   * @returns null when the broker knows no such session: the worker must register anew.
   * @throws ServiceSilent when no broker answers
   */
  beat(session: string, request: HeartbeatRequest): Promise<HeartbeatAnswer | null> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length === 0) setTimeout(() => this.send(), gatherMs);
      this.waiting.push({ beat: { session, ...request }, resolve, reject });
    });
  }

  private send(): void {
    const all = this.waiting;
    this.waiting = [];
    for (let from = 0; from < all.length; from += beatsMax) {
      const part = all.slice(from, from + beatsMax);
      for (const together of inMessages(part, ({ beat }) => jsonBytes(beat), beatsBytesMax))
        void this.sendTogether(together);
    }
  }

  private async sendTogether(together: Waiting[]): Promise<void> {
    try {
      const beats = together.map(({ beat }) => beat);
      const { answers } = await this.ask<BeatsAnswer>(subjects.heartbeat, { beats });
      const bySession = new Map(answers.map(({ session, ...answer }) => [session, answer]));
      for (const { beat, resolve } of together) resolve(bySession.get(beat.session) ?? null);
    } catch (cause) {
      for (const { reject } of together) reject(cause);
    }
  }
}
