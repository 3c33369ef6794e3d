import type { AnswerClaim, KeptAnswerStore, KeyedOrder } from '#engine';
import type { Database } from './database.js';
import * as queries from './generated/queries.js';

/** Kept answers in PostgreSQL: the statements of sql/queries/answer. */
export class PostgresKeptAnswerStore implements KeptAnswerStore {
  constructor(private readonly database: Database) {}

  async claim({ id, body }: KeyedOrder, { by, sec }: { by: string; sec: number }): Promise<AnswerClaim> {
    type Claimed = [mine: boolean, same: boolean, answer: string | null];
    const [row] = await this.database.run<Claimed>(queries.answerClaim, [bytes(id), bytes(body), by, sec]);
    const [mine = false, same = false, answer = null] = row ?? [];
    if (!same) return { kind: 'differs' };
    if (answer !== null) return { kind: 'kept', answer };
    return { kind: mine ? 'mine' : 'busy' };
  }

  async keep({ id }: KeyedOrder, by: string, answer: string): Promise<void> {
    await this.database.run(queries.answerKeep, [bytes(id), by, answer]);
  }

  async release({ id }: KeyedOrder, by: string): Promise<void> {
    await this.database.run(queries.answerRelease, [bytes(id), by]);
  }
}

/** pg sends a Buffer as bytea, and any other array as text. */
const bytes = (digest: Uint8Array): Buffer => Buffer.from(digest);
