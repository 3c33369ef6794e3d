/** Decides by way of which forward proxy a server is reached. Knows no connection. */
import { BlockList, isIP } from 'node:net';
import { isLoopback } from './loopback.js';

/** A forward proxy on the way to a server. */
export interface Proxy {
  /** http or https, without credentials: it may be shown. */
  url: URL;
  /** The value of `proxy-authorization`; null without credentials. Never shown. */
  authorization: string | null;
}

/** A proxy's address that cannot be used. The message names where it was given and not what: it may hold a password. */
export class BadProxy extends Error {
  override readonly name = 'BadProxy';
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy between here and `target`, by the rules that curl and others share: lower-case variables before upper-case
 * ones, HTTPS_PROXY for https addresses and HTTP_PROXY for http ones, hosts of NO_PROXY directly. Loopback is never
 * proxied, unless a proxy was `given` outright (`--proxy`, else SLUICE_PROXY): that counts for every address, and `none`
 * is the word for no proxy at all.
 * @returns null when the server is reached directly
 * @throws BadProxy
 */
export function proxyFor(target: URL, environment: Environment, given?: string): Proxy | null {
  const outright = given ?? environment['SLUICE_PROXY'] ?? '';
  if (outright !== '') {
    const source = given === undefined ? 'SLUICE_PROXY' : '--proxy';
    return outright === 'none' ? null : parsedProxy(outright, source);
  }
  if (isLoopback(target) || isExempt(target, variable(environment, 'no_proxy').text)) return null;
  const { text, name } = variable(environment, target.protocol === 'https:' ? 'https_proxy' : 'http_proxy');
  return text === '' ? null : parsedProxy(text, name);
}

/** The lower-case variable counts even if it is empty: that switches the upper-case one off. */
function variable(environment: Environment, lower: string): { text: string; name: string } {
  const upper = lower.toUpperCase();
  const name = environment[lower] === undefined ? upper : lower;
  return { text: environment[name]?.trim() ?? '', name };
}

function parsedProxy(text: string, source: string): Proxy {
  try {
    const url = new URL(/^[a-z0-9+.-]+:\/\//i.test(text) ? text : `http://${text}`);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError(`not ${url.protocol}`);
    const credentials = [url.username, url.password].map(decodeURIComponent).join(':');
    return {
      url: new URL(url.origin),
      authorization: credentials === ':' ? null : `Basic ${Buffer.from(credentials).toString('base64')}`,
    };
  } catch {
    // Without the cause: its message would repeat the address, and with it a password.
    throw new BadProxy(`${source} must be the address of a proxy, such as http://squid.example.org:3128, or none`);
  }
}

/**
 * Whether NO_PROXY names this host: `*`, a host, a domain (with all below it, a leading dot or not), an address, a range
 * such as 10.0.0.0/8; each perhaps with `:port`.
 */
function isExempt(target: URL, list: string): boolean {
  const host = target.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = target.port || (target.protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => names(entry, { host, port }));
}

function names(entry: string, target: { host: string; port: string }): boolean {
  const { name, port } = parted(entry);
  if (port !== '' && port !== target.port) return false;
  if (name === '*') return true;
  if (isIP(target.host) > 0) return inRange(name, target.host);
  const domain = name.replace(/^\*?\./, '');
  return target.host === domain || target.host.endsWith(`.${domain}`);
}

/** `host:port`, `[address]:port`, or an IPv6 address as it is, whose colons are its own. */
function parted(entry: string): { name: string; port: string } {
  const [, address, addressPort] = /^\[([^\]]+)\](?::(\d+))?$/.exec(entry) ?? [];
  if (address !== undefined) return { name: address, port: addressPort ?? '' };
  const [name = '', port = '', ...more] = entry.split(':');
  return more.length > 0 ? { name: entry, port: '' } : { name, port };
}

function inRange(range: string, host: string): boolean {
  const [network = '', bits] = range.split('/');
  const family = isIP(host) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(network) !== isIP(host)) return false;
  const length = bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits);
  if (!Number.isInteger(length) || length < 0 || length > (family === 'ipv6' ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, length, family);
  return list.check(host, family);
}
