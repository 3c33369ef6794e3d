import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { generateKeyPair, exportJWK, type JWK } from 'jose';
import Provider from 'oidc-provider';

/** Who may log in, and with which groups. */
export type TestPeople = Readonly<Record<string, { name: string; groups: string[] }>>;

export interface OidcIssuerOptions {
  people: TestPeople;
  /** What its tokens for Sluice say they are for. */
  audience: string;
  clientId: string;
  /** Seconds that its access tokens count; 600. */
  tokenSec?: number;
}

/** A real OpenID Connect provider on this machine, over HTTP. The test is its people's browser. */
export class OidcIssuer {
  private provider: Provider | null = null;
  private server: Server | null = null;
  private keys: JWK[] = [];

  private constructor(
    private readonly options: OidcIssuerOptions,
    private readonly port: number,
  ) {}

  static async start(options: OidcIssuerOptions, port: number): Promise<OidcIssuer> {
    const issuer = new OidcIssuer(options, port);
    await issuer.turnKeys();
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Signs with a new key from now on; the keys before are published no more unless `keep`. */
  async turnKeys({ keep = false } = {}): Promise<void> {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const key = { ...(await exportJWK(privateKey)), kid: `key-${Date.now()}`, use: 'sig', alg: 'RS256' };
    this.keys = [key, ...(keep ? this.keys : [])];
    await this.stop();
    await this.resume();
  }

  /** Is there again, as it was: what it had handed out it still knows. */
  async resume(): Promise<void> {
    this.provider ??= quietly(() => new Provider(this.url, this.configuration()));
    const callback = this.provider.callback();
    this.server = createServer((request, response) => void callback(request, response));
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  /** Is away, and forgets nothing. */
  async pause(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve(null)));
    this.server = null;
  }

  async stop(): Promise<void> {
    await this.pause();
    this.provider = null;
  }

  private configuration(): object {
    const { people, audience, clientId, tokenSec = 600 } = this.options;
    return {
      jwks: { keys: this.keys },
      clients: [
        {
          client_id: clientId,
          token_endpoint_auth_method: 'none',
          application_type: 'native',
          grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
          response_types: [],
          redirect_uris: [],
        },
      ],
      cookies: { keys: ['only for tests'] },
      ttl: { Session: 3_600, Grant: 3_600, Interaction: 600, DeviceCode: 600, RefreshToken: 3_600 },
      rotateRefreshToken: true,
      issueRefreshToken: () => Promise.resolve(true),
      findAccount: (_: unknown, id: string) =>
        id in people ? { accountId: id, claims: () => ({ sub: id, ...people[id] }) } : undefined,
      extraTokenClaims: (_: unknown, token: { accountId?: string }) => people[token.accountId ?? ''],
      features: {
        deviceFlow: { enabled: true },
        revocation: { enabled: true },
        devInteractions: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => resource,
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({
            scope: '',
            audience,
            accessTokenTTL: tokenSec,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
    };
  }
}

/** It tells at length what a production would set otherwise. */
function quietly<T>(make: () => T): T {
  const { info, warn } = console;
  console.info = console.warn = () => undefined;
  try {
    return make();
  } finally {
    Object.assign(console, { info, warn });
  }
}

/** Only what is asked for by name is granted as a token that others can read. */
const resource = 'urn:sluice:test';

/** Pages that a log-in may lead through. */
const pagesMax = 12;

/** Opens a page as a person does, signs in as `person`, and agrees to whatever is asked. @returns the last page */
export async function agreeInBrowser(address: string, person: string): Promise<string> {
  const cookies = new Map<string, string>();
  let step: { url: string; form: Record<string, string> | null } = { url: address, form: null };
  for (let page = 0; page < pagesMax; page += 1) {
    const answer: Response = await fetch(step.url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(step.form && { method: 'POST', body: new URLSearchParams(step.form) }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const text = await answer.text();
    const next = answer.headers.get('location');
    const form = next === null ? formIn(text, step.url, person) : null;
    if (next !== null) step = { url: new URL(next, step.url).href, form: null };
    else if (form !== null) step = form;
    else return text;
  }
  throw new Error(`${address} led through more than ${pagesMax} pages`);
}

/** The first form of a page as a person fills it; null: there is none to send. */
function formIn(page: string, base: string, person: string): { url: string; form: Record<string, string> } | null {
  const [, head = '', body = ''] = /<form([^>]*)>([\s\S]*?)<\/form>/.exec(page) ?? [];
  const action = /action="([^"]*)"/.exec(head)?.[1];
  if (action === undefined) return null;
  const form: Record<string, string> = { login: person, password: 'any' };
  for (const [input] of body.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1];
    const value = /value="([^"]*)"/.exec(input)?.[1];
    if (name !== undefined && value !== undefined) form[name] = value;
  }
  return { url: new URL(action.replaceAll('&amp;', '&'), base).href, form };
}
