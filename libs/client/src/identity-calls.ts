import type { LoginView, TokenMade, TokenPage, TokenRequest, TokenView, WhoAmI } from '#contracts';
import type { HttpConnection, HttpRequest } from './http-connection.js';

/** Repeats what is safe to repeat for as long as a short outage of the server lasts. */
type Persevere = <T>(call: () => Promise<T>) => Promise<T>;

export interface TokenFilter {
  /** Those too that do not count any more. */
  all: boolean;
  /** Not only the caller's own. */
  everybody: boolean;
}

/** The part of a SluiceClient that is about who calls, and about tokens that Sluice hands out. */
export class IdentityCalls {
  constructor(
    private readonly connection: HttpConnection,
    private readonly persevere: Persevere,
  ) {}

  /** Where tokens are to be had; asks for none itself. */
  login(): Promise<LoginView> {
    return this.call({ method: 'GET', path: '/api/v1/login', token: '' });
  }

  whoAmI(): Promise<WhoAmI> {
    return this.call({ method: 'GET', path: '/api/v1/whoami' });
  }

  /** Sent once: when the answer is lost there may be a token that nobody has; it can be revoked by its name. */
  makeToken(json: TokenRequest): Promise<TokenMade> {
    return this.connection.json({ method: 'POST', path: tokens, json });
  }

  async *tokens({ all, everybody }: TokenFilter): AsyncGenerator<TokenView> {
    let cursor = '0';
    for (;;) {
      const path = `${tokens}?${new URLSearchParams({ all: String(all), everybody: String(everybody), cursor }).toString()}`;
      const page = await this.call<TokenPage>({ method: 'GET', path });
      yield* page.tokens;
      if (page.next === null) return;
      cursor = page.next;
    }
  }

  /** Safe to repeat. */
  revokeToken(id: string): Promise<TokenView> {
    return this.call({ method: 'DELETE', path: `${tokens}/${encodeURIComponent(id)}` });
  }

  private call<T>(request: HttpRequest): Promise<T> {
    return this.persevere(() => this.connection.json<T>(request));
  }
}

const tokens = '/api/v1/tokens';
