/**
 * The workers' side of the gateway: POST /worker/v1/*. It stands before Nest's Express, since thousands of small calls a
 * second would spend most of their time there. Decides nothing: each route decodes, asks one collaborator, answers.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { HeartbeatRequest, LeaseRequest, type RegisterAnswer, RegisterRequest, subjects } from '#contracts';
import { heartbeatSecOf, type RegisteredSession, type SessionTerms } from '#engine';
import { answerJson, answerRefusal } from '../../http/answer.js';
import { bearerOf, sameSecret } from '../../http/bearer.js';
import { readJsonAs, utf8 } from '../../http/json-body.js';
import { contentTypeOf, readBody } from '../../http/read-body.js';
import { isBug, refusalOf } from '../../http/refusal-of.js';
import { Refusal, refusals } from '../../http/refusal.js';
import { requestIdOf } from '../../http/request-id.js';
import type { AskBroker, Heartbeats } from './heartbeats.js';
import type { LeasePolls } from './lease-polls.js';
import type { Reports } from './reports.js';
import type { SessionTokens } from './session-tokens.js';

const bodyBytesMax = 1024 * 1024;

/** The addresses behind the door; all take POST. */
export const workerPaths = [
  '/worker/v1/sessions',
  '/worker/v1/sessions/end',
  '/worker/v1/lease',
  '/worker/v1/heartbeat',
  '/worker/v1/report',
] as const;
type WorkerPath = (typeof workerPaths)[number];

const isWorkerPath = (path: string): path is WorkerPath => (workerPaths as readonly string[]).includes(path);

interface Call {
  /** Of the token; empty for a stack token. */
  session: string;
  body: Buffer;
  /** Calls back when the client has left before its answer. */
  onGone: (left: () => void) => void;
}
interface Answer {
  status: number;
  body: string;
}
interface Route {
  token: 'stack' | 'session';
  serve: (call: Call) => Promise<Answer>;
}

export interface WorkerRooms {
  stackToken: string;
  /** Of sites that have none of their own. */
  terms: SessionTerms;
  tokens: SessionTokens;
  askBroker: AskBroker;
  heartbeats: Heartbeats;
  polls: LeasePolls;
  reports: Reports;
}

export class WorkerDoor {
  private readonly logger = new Logger('worker-door');
  private readonly routes: Readonly<Record<WorkerPath, Route>> = {
    '/worker/v1/sessions': { token: 'stack', serve: (call) => this.register(call) },
    '/worker/v1/sessions/end': { token: 'session', serve: (call) => this.endSession(call) },
    '/worker/v1/lease': { token: 'session', serve: (call) => this.lease(call) },
    '/worker/v1/heartbeat': { token: 'session', serve: (call) => this.heartbeat(call) },
    '/worker/v1/report': { token: 'session', serve: (call) => this.report(call) },
  };

  constructor(private readonly rooms: WorkerRooms) {}

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.serve(request, response).catch((error: unknown) => {
      const refusal = refusalOf(error);
      if (isBug(refusal)) {
        const told = { requestId: requestIdOf(response) };
        this.logger.error(`${request.url ?? ''} failed: this is a bug`, told, error as Error);
      }
      answerRefusal(response, refusal);
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = this.routeOf(request);
    const session = this.admit(route, request);
    const body = await readBody(request, bodyBytesMax);
    if (body.length > 0 && contentTypeOf(request.headers['content-type']) !== 'application/json') {
      throw refusals.contentType(['application/json']);
    }
    const onGone = (left: () => void): void => void response.once('close', left);
    const answer = await route.serve({ session, body, onGone });
    if (answer.status === 204) response.writeHead(204).end();
    else answerJson(response, answer.status, answer.body);
  }

  private routeOf(request: IncomingMessage): Route {
    const url = request.url ?? '/';
    const end = url.indexOf('?');
    const path = end === -1 ? url : url.slice(0, end);
    if (!isWorkerPath(path)) throw refusals.notFound(`nothing is at ${path.slice(0, 200)}`);
    if (request.method !== 'POST') throw refusals.notAllowed(['POST', 'OPTIONS']);
    return this.routes[path];
  }

  /** @returns the session of the token, empty for the stack's own. A token of the other kind is 403, no token 401. */
  private admit(route: Route, request: IncomingMessage): string {
    const bearer = bearerOf(request.headers.authorization);
    if (bearer === null) throw refusals.unauthorized();
    const session = this.rooms.tokens.verify(bearer);
    if (session !== null) {
      if (route.token === 'session') return session;
      throw refusals.forbidden("a session's token opens no new session: this route takes the stack's token");
    }
    if (!sameSecret(bearer, this.rooms.stackToken)) throw refusals.unauthorized();
    if (route.token === 'stack') return '';
    throw refusals.forbidden("this route takes a session's token: register first");
  }

  private async register({ body }: Call): Promise<Answer> {
    const request = readJsonAs(RegisterRequest, utf8(body));
    const made = await this.rooms.askBroker<RegisteredSession>(subjects.sessionRegister, request);
    const { terms } = this.rooms;
    const { session, cutOffStopSec = null, site } = made;
    const suspectSec = made.suspectSec ?? terms.suspectSec;
    const answer: RegisterAnswer = {
      ...{ session, token: this.rooms.tokens.sign(session), cutOffStopSec, site, suspectSec },
      heartbeatSec: heartbeatSecOf(terms, suspectSec),
      orphanSec: made.orphanSec ?? terms.orphanSec,
    };
    return { status: 201, body: JSON.stringify(answer) };
  }

  private async endSession({ session }: Call): Promise<Answer> {
    await this.rooms.askBroker(subjects.sessionEnd, { session });
    return { status: 204, body: '' };
  }

  private async lease({ session, body, onGone }: Call): Promise<Answer> {
    const end = await this.rooms.polls.poll(session, readJsonAs(LeaseRequest, utf8(body)), onGone);
    if (end.end === 'answered') return { status: end.status, body: end.body };
    throw refusals.conflict(
      'lease/replaced',
      'the same request came again on another connection, which gets the answer',
    );
  }

  private async heartbeat({ session, body }: Call): Promise<Answer> {
    const answer = await this.rooms.heartbeats.beat(session, readJsonAs(HeartbeatRequest, utf8(body)));
    if (answer) return { status: 200, body: JSON.stringify(answer) };
    throw new Refusal({
      status: 410,
      code: 'session/gone',
      title: 'The session has ended',
      detail: `session ${session} is not known any more`,
      remedy: 'register anew; reports of the old session are still taken',
    });
  }

  private async report({ session, body }: Call): Promise<Answer> {
    return { status: 200, body: JSON.stringify(await this.rooms.reports.report(session, body)) };
  }
}
