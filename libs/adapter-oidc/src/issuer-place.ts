import type { IssuerSettings } from '#contracts';

const wellKnown = '/.well-known/openid-configuration';

/** Where an issuer says what it is: below its own path, as OpenID Connect Discovery has it. */
export const discoveryOf = (issuer: string): URL => new URL(issuer.replace(/\/$/, '') + wellKnown);

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Whether keys may come from there: https, or this machine itself where the operator said so. */
export const isSafePlace = (url: URL, { insecureLoopback }: Pick<IssuerSettings, 'insecureLoopback'>): boolean =>
  url.protocol === 'https:' || (insecureLoopback && url.protocol === 'http:' && loopback.test(url.hostname));
