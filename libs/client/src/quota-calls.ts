import type { QuotaList, QuotaRequest, QuotaView } from '#contracts';
import type { HttpConnection, HttpRequest } from './http-connection.js';

/** Repeats what is safe to repeat for as long as a short outage of the server lasts. */
type Persevere = <T>(call: () => Promise<T>) => Promise<T>;

/** The part of a SluiceClient that is about quotas. Every method is safe to repeat. */
export class QuotaCalls {
  constructor(
    private readonly connection: HttpConnection,
    private readonly persevere: Persevere,
  ) {}

  async list(): Promise<QuotaView[]> {
    return (await this.call<QuotaList>({ method: 'GET', path: quotas })).quotas;
  }

  setUser(name: string, json: QuotaRequest): Promise<QuotaView> {
    return this.call({ method: 'PUT', path: `${quotas}/user/${encodeURIComponent(name)}`, json });
  }

  private call<T>(request: HttpRequest): Promise<T> {
    return this.persevere(() => this.connection.json<T>(request));
  }
}

const quotas = '/api/v1/quotas';
