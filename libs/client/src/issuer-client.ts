/**
 * Owns the calls to an OpenID Connect issuer by which a person logs in at the command line: discovery, the device flow
 * (RFC 8628), refresh (RFC 6749), revocation (RFC 7009). A public client: it has no secret.
 *
 * I1  Tokens and codes go to the issuer's own endpoints alone, over TLS; without it only on this machine, when told so.
 * I2  Nothing that the issuer says in a refusal is believed further than its `error` word and a printable line.
 */
import type { LoginView } from '#contracts';
import { HttpConnection, type HttpAnswer } from './http-connection.js';
import { isLoopback } from './loopback.js';
import type { Proxy } from './proxy.js';

/** How a server wants its users to log in. */
export type IssuerLogin = LoginView['issuers'][number];

/** What the issuer refused, or said that makes no sense. */
export class IssuerRefusal extends Error {
  override readonly name = 'IssuerRefusal';
  constructor(
    message: string,
    /** The `error` of RFC 6749; empty: none. */
    readonly error = '',
  ) {
    super(message);
  }
}

/** What a person has to do at the issuer. */
export interface DevicePrompt {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUri: string;
  /** With the code in it; null: the issuer gave none. */
  readonly completeUri: string | null;
  readonly expiresSec: number;
  readonly intervalSec: number;
}

export interface TokenSet {
  /** The one that Sluice is sent. */
  readonly token: string;
  readonly refreshToken: string | null;
  /** Null: the issuer did not say. */
  readonly expiresSec: number | null;
}

export interface IssuerWay {
  proxyTo: (url: URL) => Proxy | null;
  /** http, on this machine only. */
  insecureLoopback: boolean;
  signal?: AbortSignal | undefined;
}

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
/** RFC 8628: where the issuer does not say. */
const usualIntervalSec = 5;
const usualExpiresSec = 600;
const answerMs = 15_000;

export class IssuerClient {
  private constructor(
    private readonly login: IssuerLogin,
    private readonly way: IssuerWay,
    private readonly endpoints: { device: URL | null; token: URL; revocation: URL | null },
  ) {}

  /** @throws IssuerRefusal when it is not what it says or cannot be used; ServerUnreachable */
  static async discover(login: IssuerLogin, way: IssuerWay): Promise<IssuerClient> {
    const place = safe(new URL(`${login.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`), way);
    const said = objectIn(await send(place, way), place);
    if (said['issuer'] !== login.issuer) throw new IssuerRefusal(`${place.origin} speaks for another issuer`);
    const endpoint = (name: string): URL | null => {
      const text = said[name];
      return typeof text === 'string' && URL.canParse(text) ? safe(new URL(text), way) : null;
    };
    const token = endpoint('token_endpoint');
    if (token === null) throw new IssuerRefusal(`${login.issuer} names no place to ask for tokens`);
    const [device, revocation] = [endpoint('device_authorization_endpoint'), endpoint('revocation_endpoint')];
    return new IssuerClient(login, way, { device, token, revocation });
  }

  /** Begins a log-in: what the person has to do elsewhere. */
  async begin(): Promise<DevicePrompt> {
    const { clientId, scopes, parameters } = this.login;
    if (this.endpoints.device === null) throw new IssuerRefusal(`${this.login.issuer} offers no log-in by code`);
    const said = await this.ask(this.endpoints.device, { ...parameters, client_id: clientId, scope: scopes.join(' ') });
    const uri = said['verification_uri'] ?? said['verification_url'];
    const complete = said['verification_uri_complete'];
    return {
      deviceCode: textIn(said['device_code'], 'device_code'),
      userCode: textIn(said['user_code'], 'user_code'),
      verificationUri: pageIn(uri),
      completeUri: complete === undefined ? null : pageIn(complete),
      expiresSec: secondsIn(said['expires_in']) ?? usualExpiresSec,
      intervalSec: secondsIn(said['interval']) ?? usualIntervalSec,
    };
  }

  /** Asks once whether the person has agreed. @throws IssuerRefusal when it is over: refused, or too late */
  async poll({ deviceCode }: DevicePrompt): Promise<TokenSet | 'pending' | 'slow down'> {
    const { clientId, parameters } = this.login;
    try {
      return this.tokensIn(
        await this.ask(this.endpoints.token, {
          ...parameters,
          ...{ grant_type: deviceGrant, device_code: deviceCode, client_id: clientId },
        }),
      );
    } catch (fault) {
      if (!(fault instanceof IssuerRefusal)) throw fault;
      if (fault.error === 'authorization_pending') return 'pending';
      if (fault.error === 'slow_down') return 'slow down';
      throw fault;
    }
  }

  /** New tokens for an old refresh token, which may count no more afterwards. @throws IssuerRefusal: log in again */
  async refresh(refreshToken: string): Promise<TokenSet> {
    const { clientId, parameters } = this.login;
    const said = await this.ask(this.endpoints.token, {
      ...parameters,
      ...{ grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientId },
    });
    const tokens = this.tokensIn(said);
    return { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken };
  }

  /** Asks the issuer to forget a refresh token. @returns false when it offers no such thing */
  async revoke(refreshToken: string): Promise<boolean> {
    if (this.endpoints.revocation === null) return false;
    const form = { token: refreshToken, token_type_hint: 'refresh_token', client_id: this.login.clientId };
    const answer = await send(this.endpoints.revocation, this.way, form);
    return answer.status === 200;
  }

  private tokensIn(said: Record<string, unknown>): TokenSet {
    const name = this.login.token === 'id' ? 'id_token' : 'access_token';
    const refresh = said['refresh_token'];
    return {
      token: textIn(said[name], name),
      refreshToken: typeof refresh === 'string' ? refresh : null,
      expiresSec: secondsIn(said['expires_in']),
    };
  }

  private async ask(place: URL, form: Record<string, string>): Promise<Record<string, unknown>> {
    return objectIn(await send(place, this.way, form), place);
  }
}

/** @see I1 */
function safe(url: URL, { insecureLoopback }: IssuerWay): URL {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && insecureLoopback && isLoopback(url))) return url;
  throw new IssuerRefusal(`${url.origin} is not https: who listens on the way could read your token`);
}

async function send(place: URL, { proxyTo, signal }: IssuerWay, form?: Record<string, string>): Promise<HttpAnswer> {
  const connection = new HttpConnection({ url: place.origin, token: '', proxy: proxyTo(place), connectionsMax: 1 });
  const path = place.pathname + place.search;
  try {
    if (!form) return await connection.exchange({ method: 'GET', path, timeoutMs: answerMs, signal });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams(form).toString();
    return await connection.exchange({ method: 'POST', path, headers, body, timeoutMs: answerMs, signal });
  } finally {
    await connection.close();
  }
}

/** @see I2 */
function objectIn({ status, body }: HttpAnswer, place: URL): Record<string, unknown> {
  const said = parsed(body);
  if (status === 200 && said !== null) return said;
  const error = typeof said?.['error'] === 'string' ? printable(said['error']) : '';
  const described = typeof said?.['error_description'] === 'string' ? `: ${printable(said['error_description'])}` : '';
  throw new IssuerRefusal(`${place.origin} answered ${error || String(status)}${described}`, error);
}

function parsed(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

const saidCharsMax = 300;
const printable = (text: string): string => text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, saidCharsMax);

function textIn(value: unknown, name: string): string {
  if (typeof value === 'string' && /^[\x20-\x7e]{1,16384}$/.test(value)) return value;
  throw new IssuerRefusal(`the issuer's answer has no usable ${name}`);
}

/** A page for a person's browser: nothing else is ever shown as a link. */
function pageIn(value: unknown): string {
  const text = textIn(value, 'verification_uri');
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text).href;
  throw new IssuerRefusal("the issuer's answer has no usable verification_uri");
}

const secondsIn = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.min(value, 10 * 365 * 86_400) : null;
