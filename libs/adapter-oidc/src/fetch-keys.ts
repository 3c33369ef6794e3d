import type { JSONWebKeySet, JWK } from 'jose';
import type { IssuerSettings } from '#contracts';
import { fetchJson } from './fetch-json.js';
import { discoveryOf, isSafePlace } from './issuer-place.js';

/** Keys of one issuer that are looked at: more than anybody rotates. */
const keysMax = 100;

/**
 * The public keys that an issuer signs with, by way of its discovery document.
 * @throws Error when it is not there, is somebody else, or names its keys at a place that is not safe
 */
export async function fetchKeys(settings: IssuerSettings): Promise<JSONWebKeySet> {
  const { issuer } = settings;
  const said = await fetchJson(discoveryOf(issuer));
  if (said['issuer'] !== issuer) throw new Error(`${discoveryOf(issuer).href} speaks for another issuer`);
  const place = placeOf(said['jwks_uri']);
  if (place === null || !isSafePlace(place, settings)) throw new Error(`${issuer} names no safe place of its keys`);
  const { keys } = await fetchJson(place);
  if (!Array.isArray(keys)) throw new Error(`${place.href} holds no keys`);
  return { keys: (keys as unknown[]).filter(isSigningKey).slice(0, keysMax) };
}

/** Public keys only: a shared secret that somebody published would let anybody sign. */
const isSigningKey = (key: unknown): key is JWK => {
  const { kty, use } = (key ?? {}) as JWK;
  return (kty === 'RSA' || kty === 'EC') && (use === undefined || use === 'sig');
};

function placeOf(address: unknown): URL | null {
  return typeof address === 'string' && URL.canParse(address) ? new URL(address) : null;
}
