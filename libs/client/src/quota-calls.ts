import type { QuotaList, QuotaRequest, QuotaView } from '#contracts';
import { cursorQuery, everyPage } from './every-page.js';
import type { HttpConnection, HttpRequest } from './http-connection.js';

/** Repeats what is safe to repeat for as long as a short outage of the server lasts. */
type Persevere = <T>(call: () => Promise<T>) => Promise<T>;

/** The part of a SluiceClient that is about quotas. Every method is safe to repeat. */
export class QuotaCalls {
  constructor(
    private readonly connection: HttpConnection,
    private readonly persevere: Persevere,
  ) {}

  /** All there are, page by page. */
  list(): Promise<QuotaView[]> {
    return everyPage(async (cursor) => {
      const page = await this.call<QuotaList>({ method: 'GET', path: `${quotas}${cursorQuery(cursor)}` });
      return { rows: page.quotas, next: page.next };
    });
  }

  setUser(name: string, json: QuotaRequest): Promise<QuotaView> {
    return this.call({ method: 'PUT', path: `${quotas}/user/${encodeURIComponent(name)}`, json });
  }

  private call<T>(request: HttpRequest): Promise<T> {
    return this.persevere(() => this.connection.json<T>(request));
  }
}

const quotas = '/api/v1/quotas';
