import type { LimitAnswer, LimitKind, LimitList, LimitRequest, LimitView } from '#contracts';
import type { HttpConnection, HttpRequest } from './http-connection.js';
import { cursorQuery, everyPage } from './every-page.js';

/** Names a limit. */
export interface LimitAddress {
  kind: LimitKind;
  name: string;
}

/** Repeats what is safe to repeat for as long as a short outage of the server lasts. */
type Persevere = <T>(call: () => Promise<T>) => Promise<T>;

/** The part of a SluiceClient that is about limits, one method a route. Every one of them is safe to repeat. */
export class LimitCalls {
  constructor(
    private readonly connection: HttpConnection,
    private readonly persevere: Persevere,
  ) {}

  /** All there are, page by page. */
  list(): Promise<LimitView[]> {
    return everyPage(async (cursor) => {
      const page = await this.call<LimitList>({ method: 'GET', path: `${limits}${cursorQuery(cursor)}` });
      return { rows: page.limits, next: page.next };
    });
  }

  set(limit: LimitAddress, request: LimitRequest): Promise<LimitAnswer> {
    return this.call({ method: 'PUT', path: limitPath(limit), json: request });
  }

  remove(limit: LimitAddress, { dryRun }: { dryRun: boolean }): Promise<LimitAnswer> {
    return this.call({ method: 'DELETE', path: `${limitPath(limit)}?dryRun=${dryRun}` });
  }

  private call<T>(request: HttpRequest): Promise<T> {
    return this.persevere(() => this.connection.json<T>(request));
  }
}

const limits = '/api/v1/limits';
const limitPath = ({ kind, name }: LimitAddress): string => `${limits}/${kind}/${encodeURIComponent(name)}`;
