/**
 * Owns the connections to one server: keep-alive, the token, problems as errors. Knows no route.
 *
 * C1  A request that never got one byte of an answer on a reused connection is sent once more on a new one: the server
 *     had closed the idle connection. Only requests that are safe to repeat (`repeatable`, default all but POST).
 * C2  Every wait has an end: `timeoutMs` without a byte from the server ends a request with ServerUnreachable.
 */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { isLoopback } from './loopback.js';
import { refusalIn } from './problem-error.js';
import type { Proxy } from './proxy.js';
import { routeTo, type ServerRoute } from './server-route.js';
import { ServerUnreachable } from './server-unreachable.js';

export interface ConnectionOptions {
  /** Such as `http://127.0.0.1:7070`; a path in front of the routes is kept. */
  url: string;
  /** Sent as `Authorization: Bearer`; empty for none. Asked for each request where tokens end sooner than we do. */
  token: string | (() => Promise<string>);
  /** Connections kept open. Default 8. */
  connectionsMax?: number;
  /** The forward proxy on the way, of proxyFor(). Default: none, whatever the environment says. */
  proxy?: Proxy | null;
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query, from the slash. */
  path: string;
  headers?: Record<string, string>;
  /** Sent as it is. For JSON use `json`. */
  body?: Uint8Array | string;
  json?: unknown;
  /** A long body, begun anew for each try; it is sent when the server wants it. */
  stream?: { bytes: number; open: () => AsyncIterable<Uint8Array> };
  /** In place of the connection's own token: a worker's session has its own. */
  token?: string;
  /** Longest silence of the server, default 30,000. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Sending it twice does the same as once. Default: all but POST. */
  repeatable?: boolean;
}

export interface HttpAnswer {
  status: number;
  body: string;
}

const answerBytesMax = 64 * 1024 * 1024;

export class HttpConnection {
  private readonly base: URL;
  private route: ServerRoute | null = null;
  private answered = false;

  /** @throws TypeError when `url` is not an http or https address. */
  constructor(private readonly options: ConnectionOptions) {
    this.base = new URL(options.url);
    if (this.base.protocol !== 'http:' && this.base.protocol !== 'https:') {
      throw new TypeError(`not an http or https address: ${options.url}`);
    }
  }

  get url(): string {
    return this.base.origin;
  }

  /** Whether this server has ever answered here, be it with a refusal. */
  get hasAnswered(): boolean {
    return this.answered;
  }

  /** True when the server is this machine: compressing for it only costs time. */
  get loopback(): boolean {
    return isLoopback(this.base);
  }

  /**
   * One request, its whole answer. 204 has an empty body.
   * @throws ProblemError on a status of 400 and more; ServerUnreachable; the signal's reason when aborted.
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.open(request);
    const body = await wholeBody(answer, this.url, request.signal);
    return { status: answer.statusCode ?? 0, body };
  }

  /** send() to a server that is none of ours: whatever its status, its answer is handed back. */
  async exchange(request: HttpRequest): Promise<HttpAnswer> {
    request.signal?.throwIfAborted();
    const answer = await this.once(this.way(), request);
    return { status: answer.statusCode ?? 0, body: await wholeBody(answer, this.url, request.signal) };
  }

  /** send(), its body read as JSON. The server is trusted to keep to the contract. */
  async json<T>(request: HttpRequest): Promise<T> {
    const answer = await this.send(request);
    try {
      return JSON.parse(answer.body) as T;
    } catch (cause) {
      throw new ServerUnreachable(this.url, { cause });
    }
  }

  /**
   * One request whose answer is read as it comes, with back-pressure; from another machine it comes compressed. Stop
   * reading early and the connection is closed.
   * @throws as send(); ServerUnreachable also in the middle, when the server ends before the answer does.
   */
  async *stream(request: HttpRequest): AsyncGenerator<Buffer> {
    const headers = { ...(this.loopback ? {} : { 'accept-encoding': 'gzip' }), ...request.headers };
    const answer = await this.open({ ...request, headers });
    try {
      yield* await plainBytes(answer);
    } catch (cause) {
      throw request.signal?.aborted ? request.signal.reason : new ServerUnreachable(this.url, { cause });
    } finally {
      answer.destroy();
    }
  }

  /** Closes the connections that are kept open, so that the process can end. */
  async close(): Promise<void> {
    this.route?.agent.destroy();
  }

  private async open(request: HttpRequest): Promise<IncomingMessage> {
    request.signal?.throwIfAborted();
    const route = this.way();
    const answer = await this.once(route, request).catch((error: unknown) => {
      const repeatable = request.repeatable ?? request.method !== 'POST';
      if (error instanceof StaleConnection && repeatable) return this.once(route, request); // C1
      throw error;
    });
    this.answered = true;
    const status = answer.statusCode ?? 0;
    if (status < 300) return answer;
    throw refusalIn({ url: route.name, status, headers: answer.headers, body: await wholeBody(answer, route.name) });
  }

  private way(): ServerRoute {
    const { proxy = null, connectionsMax = 8 } = this.options;
    return (this.route ??= routeTo(this.base, { proxy, connectionsMax }));
  }

  private async once(route: ServerRoute, request: HttpRequest): Promise<IncomingMessage> {
    const body = request.json === undefined ? request.body : JSON.stringify(request.json);
    const own = this.options.token;
    const token = request.token ?? (typeof own === 'string' ? own : await own());
    return new Promise((resolve, reject) => {
      const sent = route.request(this.requestOptions(route, { ...request, token }, body));
      sent.on('response', resolve);
      sent.on('error', (cause) => reject(faultOf({ cause, sent, request, url: route.name })));
      sent.setTimeout(request.timeoutMs ?? 30_000, () => {
        sent.destroy(new Error(`nothing heard for ${(request.timeoutMs ?? 30_000) / 1_000} s`)); // C2
      });
      if (request.stream) sendWhenWanted(sent, request.stream.open);
      else sent.end(body);
    });
  }

  private requestOptions(
    route: ServerRoute,
    request: HttpRequest & { token: string },
    body: Uint8Array | string | undefined,
  ): RequestOptions {
    const { token } = request;
    return {
      agent: route.agent,
      hostname: route.hostname,
      port: route.port,
      method: request.method,
      path: route.prefix + request.path,
      signal: request.signal,
      headers: {
        ...route.headers,
        accept: 'application/json',
        ...(request.json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        ...(request.stream && { ...longBody, 'content-length': request.stream.bytes }),
        ...request.headers,
      },
    };
  }
}

/**
 * Sends a long body as soon as the server, or what stands between, says that it wants it; also when nothing is said for a
 * while: not everybody knows the question. Who has answered already wants nothing more.
 */
function sendWhenWanted(sent: ClientRequest, open: () => AsyncIterable<Uint8Array>): void {
  let begun = false;
  const begin = (): void => {
    if (begun) return;
    begun = true;
    Promise.all([import('node:stream'), import('node:stream/promises')])
      .then(([{ Readable }, { pipeline }]) => pipeline(Readable.from(open(), { objectMode: false }), sent))
      .catch((fault: Error) => sent.destroy(fault)); // an answer that came before it stands
  };
  const timer = setTimeout(begin, wantedWithinMs);
  sent.once('continue', begin).once('response', () => (begun = true));
  sent.once('close', () => clearTimeout(timer));
  sent.flushHeaders();
}

const wantedWithinMs = 2_000;
/** A connection on which a body was announced and not sent is of no further use. */
const longBody = { expect: '100-continue', connection: 'close' };

/** The bytes of an answer, inflated where it is compressed. An end that comes too early is a fault in both cases. */
async function plainBytes(answer: IncomingMessage): Promise<AsyncIterable<Buffer>> {
  if (answer.headers['content-encoding'] !== 'gzip') return answer;
  const { createGunzip } = await import('node:zlib');
  const inflated = createGunzip();
  answer.on('error', (cause) => inflated.destroy(cause));
  return answer.pipe(inflated);
}

/** The server closed an idle connection at the moment when it was used again. */
class StaleConnection extends ServerUnreachable {}

/** What a signal was aborted with; `fallback` when that is no error. */
function reasonOf(signal: AbortSignal, fallback: Error): Error {
  return signal.reason instanceof Error ? signal.reason : fallback;
}

function faultOf(fault: { cause: Error; sent: ClientRequest; request: HttpRequest; url: string }): Error {
  if (fault.request.signal?.aborted) return reasonOf(fault.request.signal, fault.cause);
  if (fault.cause instanceof ServerUnreachable) return fault.cause; // a proxy refused the tunnel
  const code = 'code' in fault.cause ? fault.cause.code : '';
  const stale = fault.sent.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
  const Fault = stale ? StaleConnection : ServerUnreachable;
  return new Fault(fault.url, { cause: fault.cause });
}

async function wholeBody(answer: IncomingMessage, url: string, signal?: AbortSignal): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of answer) {
      parts.push(part as Buffer);
      bytes += (part as Buffer).length;
      if (bytes > answerBytesMax) throw new Error(`an answer over ${answerBytesMax} bytes`);
    }
  } catch (cause) {
    throw signal?.aborted ? signal.reason : new ServerUnreachable(url, { cause });
  }
  return Buffer.concat(parts).toString('utf8');
}
