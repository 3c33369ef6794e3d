/**
 * Owns the way to one server: directly, or through a forward proxy. http goes to the proxy with the whole address in
 * place of the path, https through a tunnel that CONNECT opens, encrypted from end to end: the proxy sees the host's name.
 *
 * R1  Loads node:http or node:https only when a route is made: that costs a start 10 ms.
 * R2  The proxy's credentials go to the proxy alone, never through the tunnel.
 * R3  A proxy that does not answer CONNECT in time is a fault like a silent server.
 */
import type { Agent, ClientRequest, RequestOptions } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { ForeignAnswer } from './foreign-answer.js';
import type { Proxy } from './proxy.js';

/** What a request needs to know to reach the server. */
export interface ServerRoute {
  /** For messages: the server's address, and the proxy's if there is one. */
  name: string;
  agent: Agent;
  request: (options: RequestOptions) => ClientRequest;
  /** Whom to connect to. */
  hostname: string;
  port: string;
  /** Stands before the path of every request: the path that the server's address has, after the address for a proxy. */
  prefix: string;
  /** Of every request. */
  headers: Readonly<Record<string, string>>;
}

export interface RouteOptions {
  proxy: Proxy | null;
  /** Connections at once, and those kept open while idle. Default: as many as are asked for, and 1,024. */
  connectionsMax?: number;
  /** Longest wait for a tunnel, default 15 s. */
  tunnelMs?: number;
}

const usualTunnelMs = 15_000;
const idleConnectionsMax = 1_024;

/** @throws TypeError when `server` is not an http or https address. */
export function routeTo(server: URL, options: RouteOptions): ServerRoute {
  const { proxy, connectionsMax, tunnelMs = usualTunnelMs } = options;
  if (server.protocol !== 'http:' && server.protocol !== 'https:') {
    throw new TypeError(`not an http or https address: ${server.href}`);
  }
  const path = server.pathname.replace(/\/$/, '');
  const agentOptions = {
    keepAlive: true,
    noDelay: true,
    maxFreeSockets: idleConnectionsMax,
    ...(connectionsMax === undefined ? {} : { maxSockets: connectionsMax }),
  };
  if (proxy !== null && server.protocol === 'http:') {
    const { Agent, request } = moduleOf(proxy.url); // R1
    return {
      name: nameOf(server, proxy),
      agent: new Agent(agentOptions),
      request,
      ...endOf(proxy.url),
      prefix: server.origin + path,
      headers: { host: server.host, ...credentialsOf(proxy) },
    };
  }
  const { Agent, request } = moduleOf(server);
  const agent = new Agent(agentOptions);
  if (proxy !== null) tunnelThrough(agent, { server, proxy, tunnelMs });
  return { name: nameOf(server, proxy), agent, request, ...endOf(server), prefix: path, headers: {} };
}

interface Tunnel {
  server: URL;
  proxy: Proxy;
  tunnelMs: number;
}

const moduleOf = (url: URL) => process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');

const endOf = (url: URL): { hostname: string; port: string } => ({
  hostname: url.hostname.replace(/^\[|\]$/g, ''),
  port: url.port || (url.protocol === 'https:' ? '443' : '80'),
});

const nameOf = (server: URL, proxy: Proxy | null): string =>
  proxy === null ? server.origin : `${server.origin} through the proxy ${proxy.url.origin}`;

const credentialsOf = ({ authorization }: Proxy): Record<string, string> =>
  authorization === null ? {} : { 'proxy-authorization': authorization };

/** Has every connection of an agent for https begin as a tunnel. */
function tunnelThrough(agent: Agent, tunnel: Tunnel): void {
  agent.createConnection = (options, created) => {
    openTunnel(tunnel).then(
      (socket) => created?.(null, encrypted(socket, { ...options, host: endOf(tunnel.server).hostname })),
      (fault: Error) => created?.(fault, undefined as never),
    );
    return undefined;
  };
}

function encrypted(socket: Socket, { host }: { host: string }): Socket {
  const { connect } = process.getBuiltinModule('node:tls');
  return connect({ socket, ...(isIP(host) > 0 ? { host } : { host, servername: host }) });
}

/** @throws ForeignAnswer when the proxy refuses; what the operating system says when it is not there */
function openTunnel({ server, proxy, tunnelMs }: Tunnel): Promise<Socket> {
  const { hostname, port } = endOf(server);
  const authority = `${isIP(hostname) === 6 ? `[${hostname}]` : hostname}:${port}`;
  return new Promise((resolve, reject) => {
    const sent = moduleOf(proxy.url).request({
      ...endOf(proxy.url),
      agent: false,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...credentialsOf(proxy) }, // R2
    });
    const timer = setTimeout(() => sent.destroy(new Error('the proxy fell silent')), tunnelMs); // R3
    sent.once('close', () => clearTimeout(timer));
    sent.once('error', reject);
    sent.once('connect', ({ statusCode = 0, headers }, socket: Socket) => {
      clearTimeout(timer);
      if (statusCode === 200) return resolve(socket.setNoDelay(true));
      socket.destroy();
      reject(new ForeignAnswer(nameOf(server, proxy), { status: statusCode, headers, body: '' }));
    });
    sent.end();
  });
}
