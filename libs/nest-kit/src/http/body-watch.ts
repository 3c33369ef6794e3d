/**
 * Owns how long bodies may take. W1 A body is whole within `bodyMs`. W2 One that may be long, and said so, comes at a
 * pace: in every look at it there are `paceBytes` more than in the one before, or it is at its end. What keeps to neither is
 * answered 408 and cut.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuseConnection } from './before-routes.js';

const bodyMs = 25_000;
const lookMs = 5_000;
/** A look later: 2 KiB/s. Slower lines than those of sites hold a connection and the room of a file for nothing. */
const paceBytes = 10 * 1024;

interface Watched {
  request: IncomingMessage;
  response: ServerResponse;
  since: number;
  /** Of a long body: what had come at the last look. */
  bytesSeen: number | null;
}

const marks = new WeakMap<IncomingMessage, Watched>();

/** From now on the body of a request may take as long as it comes at a pace. */
export function mayBeLong(request: IncomingMessage): void {
  const watched = marks.get(request);
  if (watched) watched.bytesSeen ??= -paceBytes;
}

export class BodyWatch {
  private readonly watched = new Set<Watched>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly now: () => number = () => performance.now()) {
    this.timer = setInterval(() => this.look(), lookMs).unref();
  }

  watch(request: IncomingMessage, response: ServerResponse): void {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    if (Number(length ?? 0) === 0 && encoding === undefined) return;
    const watched: Watched = { request, response, since: this.now(), bytesSeen: null };
    marks.set(request, watched);
    this.watched.add(watched);
    const over = (): void => void this.watched.delete(watched);
    request.once('end', over).once('close', over);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = this.now();
    for (const each of this.watched) if (this.isLate(each, now)) cut(each);
  }

  private isLate(each: Watched, now: number): boolean {
    if (each.bytesSeen === null) return now - each.since > bodyMs;
    // Of the connection: a request before this one on it is over, so only this body makes it grow. What lies here unread
    // waits for us, not for the client.
    const { bytesRead } = each.request.socket;
    const isSlow = each.request.readableLength === 0 && bytesRead - each.bytesSeen < paceBytes;
    each.bytesSeen = bytesRead;
    return isSlow;
  }
}

function cut({ request, response }: Watched): void {
  if (response.headersSent) request.socket.destroy();
  else refuseConnection(Object.assign(new Error('too slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), request.socket);
}
