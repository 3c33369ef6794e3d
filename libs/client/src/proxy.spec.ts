import { expect, test } from '@jest/globals';
import { BadProxy, proxyFor } from './proxy.js';

const squid = 'http://squid.example.org:3128';
const via = (url: string, environment: Record<string, string>, given?: string): string | null =>
  proxyFor(new URL(url), environment, given)?.url.origin ?? null;

test.each<[string, Record<string, string>, string | null]>([
  ['http://gw.example.org', { HTTP_PROXY: squid }, squid],
  ['http://gw.example.org', { HTTPS_PROXY: squid }, null],
  ['https://gw.example.org', { HTTPS_PROXY: squid }, squid],
  ['https://gw.example.org', { HTTP_PROXY: squid }, null],
  ['https://gw.example.org', { https_proxy: 'squid.example.org:3128' }, squid],
  ['https://gw.example.org', { https_proxy: 'http://lower:1', HTTPS_PROXY: squid }, 'http://lower:1'],
  ['https://gw.example.org', { https_proxy: '', HTTPS_PROXY: squid }, null],
  ['https://gw.example.org', {}, null],
])('%s with %j goes by way of %s', (url, environment, expected) => {
  expect(via(url, environment)).toBe(expected);
});

test.each<[string, string, boolean]>([
  ['gw.example.org', 'gw.example.org', true],
  ['gw.example.org', 'other.org, example.org', true],
  ['gw.example.org', '.example.org', true],
  ['gw.example.org', '*.example.org', true],
  ['GW.Example.org', 'gw.EXAMPLE.org', true],
  ['gw.example.org', 'ample.org', false],
  ['gw.example.org', '*', true],
  ['gw.example.org', 'gw.example.org:443', true],
  ['gw.example.org', 'gw.example.org:7070', false],
  ['gw.example.org:7070', 'gw.example.org:7070', true],
  ['10.1.2.3', '10.0.0.0/8', true],
  ['11.1.2.3', '10.0.0.0/8', false],
  ['10.1.2.3', '10.1.2.3', true],
  ['10.1.2.3', '2.3', false],
  ['10.1.2.3', '10.0.0.0/99', false],
  ['[fd00::1]', 'fd00::/8', true],
  ['[fd00::1]:7070', '[fd00::1]:7070', true],
  ['[fd00::1]', '[fd00::1]:7070', false],
  ['gw.example.org', ' ,  ', false],
])('%s and NO_PROXY=%s: direct is %p', (host, list, direct) => {
  expect(via(`https://${host}`, { HTTPS_PROXY: squid, NO_PROXY: list })).toBe(direct ? null : squid);
});

test.each(['http://127.0.0.1:7070', 'http://127.8.0.1', 'http://localhost', 'http://[::1]:7070', 'http://x.localhost'])(
  '%s is this machine: it is proxied only when a proxy is named outright',
  (url) => {
    expect(via(url, { HTTP_PROXY: squid })).toBeNull();
    expect(via(url, { HTTP_PROXY: squid, SLUICE_PROXY: 'http://own:1' })).toBe('http://own:1');
    expect(via(url, { SLUICE_PROXY: 'http://own:1' }, squid)).toBe(squid);
  },
);

test('a host whose name only begins like loopback is no loopback', () => {
  expect(via('http://127.0.0.1.example.org', { HTTP_PROXY: squid })).toBe(squid);
});

test('none is no proxy, whatever the environment says', () => {
  expect(via('https://gw.example.org', { HTTPS_PROXY: squid }, 'none')).toBeNull();
  expect(via('https://gw.example.org', { HTTPS_PROXY: squid, SLUICE_PROXY: 'none' })).toBeNull();
});

test('credentials become a header and are in nothing that is shown', () => {
  const proxy = proxyFor(new URL('https://gw.example.org'), {}, 'http://ann:p%40ss@squid.example.org:3128');
  expect(proxy?.authorization).toBe(`Basic ${Buffer.from('ann:p@ss').toString('base64')}`);
  expect(proxy?.url.href).toBe(`${squid}/`);
});

test.each(['ftp://squid:21', 'http://', 'http://ann:secret@', 'http://ann:%zz@squid:1', 'squid:port'])(
  '%s is refused, and a password in it is not repeated',
  (text) => {
    const refused = (): unknown => proxyFor(new URL('https://gw.example.org'), { HTTPS_PROXY: text });
    expect(refused).toThrow(BadProxy);
    expect(refused).toThrow(/^HTTPS_PROXY must be/);
    expect(refused).not.toThrow(/secret/);
  },
);
