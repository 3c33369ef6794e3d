/**
 * Owns the calls of the worker protocol. One call is one try: whether and when to try again is the worker's to say.
 *
 * W1  As little as possible is done per call: a worker makes thousands a second when its jobs are short.
 * W2  Every wait has an end, so that a gateway that vanished without a word is noticed.
 * W3  A call that met a closed connection in place of an idle one is sent again at once, on another: proxies cut what is
 *     idle, and that is no outage. Every call may be sent again: it has one effect (a register by
 *     its requestId).
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import {
  HeartbeatAnswer,
  LeaseAnswer,
  LogKept,
  RegisterAnswer,
  ReportAnswer,
  type HeartbeatRequest,
  type LeaseRequest,
  type RegisterRequest,
} from '#contracts';
import { refusalIn, routeTo, ServerUnreachable, type Proxy, type ServerRoute } from '#client';

export interface WorkerApiOptions {
  /** Such as `http://127.0.0.1:7070`; a path in front of the routes is kept. */
  url: string;
  /** Longest silence of the server, a long poll's own wait not counted. Default 15 s. */
  timeoutMs?: number;
  /** The forward proxy on the way, of proxyFor(). Default: none, whatever the environment says. */
  proxy?: Proxy | null;
}

interface Call {
  /** Default POST. */
  method?: 'PUT';
  route: string;
  token: string;
  /** JSON text, or bytes. */
  body: string | Buffer;
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** A file as an attempt asks for it. */
export interface AskedFile {
  /** JobId */
  job: string;
  attempt: number;
  sha256: string;
  /** Its first byte that is wanted. */
  from: number;
}

/** All that an attempt wrote. */
export interface SentLog extends Omit<AskedFile, 'from'> {
  /** stdout, then stderr, each gzip. */
  body: Buffer;
  stdoutBytes: number;
}

/** The bytes of a file as they come. */
export interface FileBytes {
  from: number;
  /** Of the whole file. */
  total: number;
  /** @throws ServerUnreachable when it breaks off */
  pieces: AsyncIterable<Buffer>;
}

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: Error };
}

const answerBytesMax = 16 * 1024 * 1024;

/**
 * The worker's side of the gateway. Every method
 * @throws ProblemError on a status of 400 and more
 * @throws ServerUnreachable when no whole answer came, or one that breaks the contract
 */
export class WorkerApi {
  private readonly route: ServerRoute;
  private readonly timeoutMs: number;

  constructor(options: WorkerApiOptions) {
    this.timeoutMs = options.timeoutMs ?? 15_000;
    this.route = routeTo(new URL(options.url), { proxy: options.proxy ?? null, tunnelMs: this.timeoutMs });
  }

  /** @param poolToken the credential of the worker's pool, not of a session */
  register(request: RegisterRequest, poolToken: string): Promise<RegisterAnswer> {
    return this.ask(RegisterAnswer, { route: 'sessions', token: poolToken, body: JSON.stringify(request) });
  }

  /** Waits for up to `waitSec` for jobs. The same request may be sent again: it has the same answer. */
  lease(request: LeaseRequest, token: string, signal?: AbortSignal): Promise<LeaseAnswer> {
    const timeoutMs = this.timeoutMs + request.waitSec * 1_000;
    return this.ask(LeaseAnswer, { route: 'lease', token, body: JSON.stringify(request), timeoutMs, signal });
  }

  heartbeat(request: HeartbeatRequest, token: string): Promise<HeartbeatAnswer> {
    return this.ask(HeartbeatAnswer, { route: 'heartbeat', token, body: JSON.stringify(request) });
  }

  /** @param batch a TerminalBatch as JSON text: it was written once, for the journal */
  report(batch: string, token: string): Promise<ReportAnswer> {
    return this.ask(ReportAnswer, { route: 'report', token, body: batch });
  }

  /** A clean exit: what the session still holds goes back at once. */
  async endSession(token: string): Promise<void> {
    await this.send({ route: 'sessions/end', token, body: '{}' });
  }

  /** A file that an attempt has as an input, from some byte on. Whoever stops reading early ends its connection. */
  readFile({ job, attempt, sha256, from }: AskedFile, token: string, signal: AbortSignal): Promise<FileBytes> {
    const options = this.requestOptions({ route: `files/${job}/${attempt}/${sha256}`, token, signal });
    const headers = { ...options.headers, ...(from > 0 && { range: `bytes=${from}-` }) };
    return new Promise((resolve, reject) => {
      const sent = this.route.request({ ...options, method: 'GET', headers });
      sent.on('response', (answer) => {
        const { statusCode: status = 0 } = answer;
        if (status !== 200 && status !== 206) return wholeText(answer, this.route.name, ends(reject));
        const first = status === 206 ? from : 0;
        const total = first + Number(answer.headers['content-length'] ?? 0);
        resolve({ from: first, total, pieces: piecesOf(answer, this.route.name) });
      });
      const ends = (refuse: (fault: Error) => void): Ends => ({
        resolve: () => refuse(new ServerUnreachable(this.route.name)),
        reject: refuse,
        fail: (cause) => refuse(new ServerUnreachable(this.route.name, { cause })),
      });
      sent.on('error', (cause) => reject(faultOf(this.route.name, sent, cause)));
      sent.setTimeout(this.timeoutMs, () => sent.destroy(new Error('the server fell silent'))); // W2
      sent.end();
    });
  }

  /** All that an attempt wrote. Safe to repeat. */
  async sendLog(
    { job, attempt, sha256, stdoutBytes, body }: SentLog,
    token: string,
    signal: AbortSignal,
  ): Promise<LogKept> {
    const route = `logs/${job}/${attempt}/${sha256}?stdout=${stdoutBytes}`;
    return this.ask(LogKept, { method: 'PUT', route, token, body, signal });
  }

  /** Closes the connections, so that the process can end. */
  close(): void {
    this.route.agent.destroy();
  }

  private async ask<T>(schema: Schema<T>, call: Call): Promise<T> {
    const text = await this.send(call);
    const read = schema.safeParse(parsed(text));
    if (read.success) return read.data;
    throw new ServerUnreachable(this.route.name, { cause: read.error });
  }

  private send(call: Call): Promise<string> {
    return this.once(call).catch((fault: unknown) => {
      if (fault instanceof ClosedConnection) return this.once(call); // W3
      throw fault;
    });
  }

  private once(call: Call): Promise<string> {
    return new Promise((resolve, reject) => {
      const sent = this.route.request(this.requestOptions(call));
      const fail = (cause: unknown): void => reject(new ServerUnreachable(this.route.name, { cause }));
      sent.on('response', (answer) => wholeText(answer, this.route.name, { resolve, reject, fail }));
      sent.on('error', (cause) => reject(faultOf(this.route.name, sent, cause)));
      sent.setTimeout(call.timeoutMs ?? this.timeoutMs, () => sent.destroy(new Error('the server fell silent'))); // W2
      sent.end(call.body);
    });
  }

  private requestOptions(call: Omit<Call, 'body'> & Partial<Pick<Call, 'body'>>) {
    return {
      agent: this.route.agent,
      hostname: this.route.hostname,
      port: this.route.port,
      method: call.method ?? 'POST',
      path: `${this.route.prefix}/worker/v1/${call.route}`,
      signal: call.signal,
      headers: {
        ...this.route.headers,
        authorization: `Bearer ${call.token}`,
        ...(call.body !== undefined && {
          'content-type': typeof call.body === 'string' ? 'application/json' : 'application/gzip',
          'content-length': Buffer.byteLength(call.body),
        }),
      },
    };
  }
}

/** An idle connection that was closed just as it was used again, before one byte of an answer. */
class ClosedConnection extends ServerUnreachable {}

/** Of a request; once its answer has begun this comes too late, and the answer's own fault counts. */
function faultOf(server: string, sent: ClientRequest, cause: Error): ServerUnreachable {
  if (cause instanceof ServerUnreachable) return cause; // a proxy refused the tunnel
  const code = 'code' in cause ? cause.code : '';
  const closed = sent.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
  const Fault = closed ? ClosedConnection : ServerUnreachable;
  return new Fault(server, { cause });
}

interface Ends {
  resolve: (text: string) => void;
  reject: (refusal: Error) => void;
  fail: (cause: unknown) => void;
}

function wholeText(answer: IncomingMessage, server: string, { resolve, reject, fail }: Ends): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  answer.on('data', (part: Buffer) => {
    parts.push(part);
    if ((bytes += part.length) > answerBytesMax) answer.destroy(new Error(`an answer over ${answerBytesMax} bytes`));
  });
  answer.on('error', fail);
  answer.on('end', () => {
    const status = answer.statusCode ?? 0;
    const body = Buffer.concat(parts).toString('utf8');
    if (status < 300) resolve(body);
    else reject(refusalIn({ url: server, status, headers: answer.headers, body }));
  });
}

async function* piecesOf(answer: IncomingMessage, server: string): AsyncGenerator<Buffer> {
  const pieces = (answer as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await pieces.next().catch((cause: unknown) => {
        throw new ServerUnreachable(server, { cause });
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    answer.destroy();
  }
}

/** Text that is no JSON fits no schema, so it needs no error of its own. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
