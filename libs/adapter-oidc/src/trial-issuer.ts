import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type CryptoKey, type JWK, SignJWT, type JWTPayload } from 'jose';

export interface TrialKey {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

/** A signing key under a name. */
export async function trialKey(kid: string, alg = 'RS256'): Promise<TrialKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return { kid, alg, privateKey, publicKey, jwk };
}

/** An issuer on this machine that publishes what a test wants, and counts who asks. */
export class TrialIssuer {
  keys: unknown[] = [];
  /** Requests for the keys. */
  asked = 0;
  /** In place of the usual answers. */
  instead: ((request: IncomingMessage, response: ServerResponse) => boolean) | null = null;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<TrialIssuer> {
    const server = createServer((request, response) => issuer.answer(request, response));
    const issuer = new TrialIssuer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** A good token of this issuer, but for what is given; undefined takes a claim away. */
  token(key: TrialKey, claims: JWTPayload = {}, header: Record<string, unknown> = {}): Promise<string> {
    const nowSec = Math.floor(Date.now() / 1_000);
    const usual = { iss: this.url, sub: 'ann', aud: 'sluice', iat: nowSec, exp: nowSec + 600 };
    const payload = Object.fromEntries(
      Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined),
    );
    return new SignJWT(payload)
      .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })
      .sign(key.privateKey);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.instead?.(request, response)) return;
    if (request.url === '/.well-known/openid-configuration') {
      response.end(JSON.stringify({ issuer: this.url, jwks_uri: `${this.url}/keys` }));
    } else {
      this.asked += 1;
      response.end(JSON.stringify({ keys: this.keys }));
    }
  }
}
