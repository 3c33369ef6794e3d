import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import { answerWhole } from './answer-whole.js';
import { decidesItself, letWait } from './before-body.js';
import { answerRefusal } from './answer.js';
import { answeredBeforeRoutes, refuseConnection, refuseTunnel, unknownExpectation } from './before-routes.js';
import { BodyWatch } from './body-watch.js';
import { nameRequest } from './request-id.js';
import { stallLookMs, StalledSockets } from './stalled-sockets.js';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Slow or silent clients are cut; see RELIABILITY B74-B79. */
const limits = {
  headersTimeout: 15_000,
  requestTimeout: 0, // BodyWatch sees to it: a file may take longer than a document's chunk
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 75_000,
  maxHeaderSize: 16 * 1024,
  requireHostHeader: false, // we refuse it ourselves, as a problem
} as const;
/** Connections at once, below what a process may have open; a worker has two. More are closed as they come. */
const connectionsMax = 60_000;
/** A client that takes nothing of its answer is cut after so many looks: 25 s. */
const stallLooksMax = 5;
/** While it closes, connections that have become idle are cut this often. */
const cutIdleMs = 50;

/**
 * Nest's Express, with limits of its own, behind handlers that claim the addresses they serve themselves: at thousands of
 * small calls a second Express would cost more than the work.
 */
export class FrontAdapter extends ExpressAdapter {
  private readonly claims: { prefix: string; handle: RequestHandler }[] = [];
  private readonly bodies = new BodyWatch();
  private closing = false;

  constructor() {
    super();
    this.disable('x-powered-by');
    this.disable('etag');
    this.set('query parser', 'simple');
  }

  /** From now on requests whose path begins with `prefix` go to `handle` and never reach Express. */
  claim(prefix: string, handle: RequestHandler): void {
    this.claims.push({ prefix, handle });
  }

  override initHttpServer(): void {
    const express = this.getInstance<RequestHandler>();
    const handle: RequestHandler = (request, response) => {
      if (this.closing) response.shouldKeepAlive = false;
      nameRequest(request, response);
      this.bodies.watch(request, response);
      if (answeredBeforeRoutes(request, response)) return;
      const url = request.url ?? '/';
      const claim = this.claims.find((each) => url.startsWith(each.prefix));
      if (claim) claim.handle(request, response);
      else express(request, response);
    };
    this.httpServer = createServer(limits, handle);
    this.httpServer.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      if (decidesItself(request)) letWait(request);
      else response.writeContinue();
      handle(request, response);
    });
    this.httpServer.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
      nameRequest(request, response);
      answerRefusal(response, unknownExpectation);
    });
    this.httpServer.on('connect', refuseTunnel);
    this.httpServer.maxConnections = connectionsMax;
    this.httpServer.on('clientError', refuseConnection);
    const sockets = new StalledSockets(stallLooksMax);
    this.httpServer.on('connection', (socket: Socket) => sockets.add(socket));
    const looking = setInterval(() => sockets.look(), stallLookMs);
    this.httpServer.once('close', () => clearInterval(looking));
  }

  /** What a controller returns. */
  override reply(response: ServerResponse, body: unknown, status?: number): void {
    const whole = { status: status ?? response.statusCode, body: JSON.stringify(body) };
    answerWhole(response, whole).catch((fault: Error) => response.destroy(fault));
  }

  /**
   * Ends when the last answer is out. Connections that wait for another request are cut, also those that only come to
   * wait now: busy clients would keep theirs open for ever.
   */
  override close(): Promise<void> {
    this.closing = true;
    this.bodies.stop();
    return new Promise((resolve) => {
      const cut = setInterval(() => this.httpServer.closeIdleConnections(), cutIdleMs);
      this.httpServer.close(() => {
        clearInterval(cut);
        resolve();
      });
    });
  }
}
