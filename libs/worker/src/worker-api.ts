/**
 * Owns the five calls of the worker protocol. One call is one try: whether and when to try again is the worker's to say.
 *
 * W1  As little as possible is done per call: a worker makes thousands a second when its jobs are short.
 * W2  Every wait has an end, so that a gateway that vanished without a word is noticed.
 */
import type { Agent, IncomingMessage, request } from 'node:http';
import {
  HeartbeatAnswer,
  LeaseAnswer,
  RegisterAnswer,
  ReportAnswer,
  type HeartbeatRequest,
  type LeaseRequest,
  type RegisterRequest,
} from '#contracts';
import { problemOf, ServerUnreachable } from '#client';

export interface WorkerApiOptions {
  /** Such as `http://127.0.0.1:7070`; a path in front of the routes is kept. */
  url: string;
  /** Longest silence of the server, a long poll's own wait not counted. Default 15 s. */
  timeoutMs?: number;
}

interface Call {
  route: string;
  token: string;
  body: string;
  timeoutMs?: number;
  signal?: AbortSignal;
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
  private readonly base: URL;
  private readonly agent: Agent;
  private readonly request: typeof request;
  private readonly timeoutMs: number;

  constructor(options: WorkerApiOptions) {
    this.base = new URL(options.url);
    // Loaded here and not on top: whoever imports this folder for something else starts 10 ms sooner.
    const transport = process.getBuiltinModule(this.base.protocol === 'https:' ? 'node:https' : 'node:http');
    this.agent = new transport.Agent({ keepAlive: true, noDelay: true, maxFreeSockets: 1_024 });
    this.request = transport.request;
    this.timeoutMs = options.timeoutMs ?? 15_000;
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

  /** Closes the connections, so that the process can end. */
  close(): void {
    this.agent.destroy();
  }

  private async ask<T>(schema: Schema<T>, call: Call): Promise<T> {
    const text = await this.send(call);
    const read = schema.safeParse(parsed(text));
    if (read.success) return read.data;
    throw new ServerUnreachable(this.base.origin, { cause: read.error });
  }

  private send(call: Call): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown): void => reject(new ServerUnreachable(this.base.origin, { cause }));
      const sent = this.request(this.requestOptions(call), (answer) => wholeText(answer, resolve, reject, fail));
      sent.on('error', fail);
      sent.setTimeout(call.timeoutMs ?? this.timeoutMs, () => sent.destroy(new Error('the server fell silent'))); // W2
      sent.end(call.body);
    });
  }

  private requestOptions(call: Call) {
    return {
      agent: this.agent,
      hostname: this.base.hostname.replace(/^\[|\]$/g, ''),
      port: this.base.port,
      method: 'POST',
      path: `${this.base.pathname.replace(/\/$/, '')}/worker/v1/${call.route}`,
      signal: call.signal,
      headers: {
        authorization: `Bearer ${call.token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(call.body),
      },
    };
  }
}

function wholeText(
  answer: IncomingMessage,
  resolve: (text: string) => void,
  reject: (problem: Error) => void,
  fail: (cause: unknown) => void,
): void {
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
    if (status < 400) resolve(body);
    else reject(problemOf({ status, body, retryAfterSec: retryAfterSecOf(answer) }));
  });
}

function retryAfterSecOf(answer: IncomingMessage): number | null {
  const seconds = Number(answer.headers['retry-after'] ?? NaN);
  return Number.isFinite(seconds) ? seconds : null;
}

/** Text that is no JSON fits no schema, so it needs no error of its own. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
