import {
  deadLettersMax,
  type DeadLetterContent,
  type DeadLetterPage,
  type DeadLettersAnswer,
  type DeadLetterView,
} from '#contracts';
import type { HttpConnection, HttpRequest } from './http-connection.js';
import { keyedOrder } from './keyed-order.js';

/** Repeats what is safe to repeat for as long as a short outage of the server lasts. */
type Persevere = <T>(call: () => Promise<T>) => Promise<T>;

/** Letters in one page. */
const pageRows = 200;

/** The part of a SluiceClient that is about dead letters. Every method is safe to repeat. */
export class DeadLetterCalls {
  constructor(
    private readonly connection: HttpConnection,
    private readonly persevere: Persevere,
  ) {}

  /** All there are, oldest first, page by page. */
  async *all(): AsyncGenerator<DeadLetterView> {
    let cursor: string | null = null;
    do {
      const page: DeadLetterPage = await this.page(pageRows, cursor);
      yield* page.letters;
      cursor = page.next;
    } while (cursor !== null);
  }

  /** The oldest, and how many there are. */
  page(limit: number, cursor: string | null = null): Promise<DeadLetterPage> {
    const behind = cursor === null ? '' : `&cursor=${cursor}`;
    return this.call({ method: 'GET', path: `${letters}?limit=${limit}${behind}` });
  }

  show(id: string): Promise<DeadLetterContent> {
    return this.call({ method: 'GET', path: `${letters}/${encodeURIComponent(id)}` });
  }

  requeue(ids: readonly string[], { dryRun }: { dryRun: boolean }): Promise<DeadLettersAnswer> {
    return this.inParts('requeue', ids, { dryRun });
  }

  drop(ids: readonly string[], { dryRun }: { dryRun: boolean }): Promise<DeadLettersAnswer> {
    return this.inParts('drop', ids, { dryRun });
  }

  private async inParts(
    verb: 'requeue' | 'drop',
    ids: readonly string[],
    { dryRun }: { dryRun: boolean },
  ): Promise<DeadLettersAnswer> {
    const all: DeadLettersAnswer = { dryRun, done: [], unknown: [] };
    for (let from = 0; from < ids.length; from += deadLettersMax) {
      const json = { ids: ids.slice(from, from + deadLettersMax), dryRun };
      const part = await this.call<DeadLettersAnswer>({ method: 'POST', path: `${letters}/${verb}`, json });
      all.done.push(...part.done);
      all.unknown.push(...part.unknown);
    }
    return all;
  }

  private call<T>(request: HttpRequest): Promise<T> {
    const sent = request.method === 'POST' ? keyedOrder(request) : request;
    return this.persevere(() => this.connection.json<T>(sent));
  }
}

const letters = '/api/v1/dead-letters';
