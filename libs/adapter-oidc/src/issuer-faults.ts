import type { IssuerSettings } from '#contracts';
import { isSafePlace } from './issuer-place.js';

/** What makes a list of issuers unusable, in words for the operator; empty: nothing. */
export function issuerFaults(issuers: readonly IssuerSettings[]): string[] {
  const seen = new Set<string>();
  return issuers.flatMap((settings) => {
    const { issuer } = settings;
    const url = new URL(issuer);
    const twice = seen.has(issuer);
    seen.add(issuer);
    return [
      ...(twice ? [`issuer ${issuer} stands twice`] : []),
      ...(isSafePlace(url, settings) ? [] : [`issuer ${issuer} must be https; ${loopbackRule}`]),
      ...(url.search + url.hash + url.username + url.password === ''
        ? []
        : [`issuer ${issuer} must be a plain address`]),
    ];
  });
}

const loopbackRule = 'http is taken on this machine itself only, with `insecureLoopback: true`';
