/**
 * The workers' side of the gateway: /worker/v1/*. It stands before Nest's Express, since thousands of small calls a
 * second would spend most of their time there. Decides nothing: each route decodes, asks one collaborator, answers.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { HeartbeatRequest, LeaseRequest, type RegisterAnswer, RegisterRequest, subjects } from '#contracts';
import { type FilePorts, type LogPorts, heartbeatSecOf, type RegisteredSession, type SessionTerms } from '#engine';
import { answerJson, answerRefusal } from '../../http/answer.js';
import { bearerOf, sameSecret } from '../../http/bearer.js';
import { readJsonAs, utf8 } from '../../http/json-body.js';
import { contentTypeOf, readBody } from '../../http/read-body.js';
import { isBug, refusalOf } from '../../http/refusal-of.js';
import { Refusal, refusals } from '../../http/refusal.js';
import { requestIdOf } from '../../http/request-id.js';
import { AttemptFiles, fileAsked, isOfFiles } from './attempt-files.js';
import { AttemptLogs, isOfLogs } from './attempt-logs.js';
import type { AskBroker, Heartbeats } from './heartbeats.js';
import type { LeasePolls } from './lease-polls.js';
import type { Reports } from './reports.js';
import { stackOpener, type SessionToken, type SessionTokens } from './session-tokens.js';

const bodyBytesMax = 1024 * 1024;

/** The addresses behind the door that take POST. */
export const workerPaths = [
  '/worker/v1/sessions',
  '/worker/v1/sessions/end',
  '/worker/v1/lease',
  '/worker/v1/heartbeat',
  '/worker/v1/report',
] as const;
type WorkerPath = (typeof workerPaths)[number];

const isWorkerPath = (path: string): path is WorkerPath => (workerPaths as readonly string[]).includes(path);

/** Who calls: a worker of a site that registers, or a session. */
type Caller =
  | { kind: 'pool'; opener: string; /** Whose workers it lets in; null: of any site. */ site: string | null }
  | ({ kind: 'session' } & SessionToken);

interface Call<Kind extends Caller['kind']> {
  caller: Extract<Caller, { kind: Kind }>;
  body: Buffer;
  /** Calls back when the client has left before its answer. */
  onGone: (left: () => void) => void;
}
interface Answer {
  status: number;
  body: string;
}
type Route =
  | { token: 'pool'; serve: (call: Call<'pool'>) => Promise<Answer> }
  /** `late`: also with a token that has ended, since what is reported counts by its lease tokens, however late it comes. */
  | { token: 'session'; late?: true; serve: (call: Call<'session'>) => Promise<Answer> };

/** What the door knows of tokens that Sluice handed out. */
export interface PoolTokens {
  /** @returns null for what is no pool's token @throws RefusedToken for one that does not count */
  find(token: string): Promise<{ id: string; site: string | null } | null>;
  /** Whether what a session was opened with still counts; asked at each of its calls. */
  counts(opener: string): boolean;
}

export interface WorkerRooms {
  stackToken: string;
  pools: PoolTokens;
  /** Of sites that have none of their own. */
  terms: SessionTerms;
  tokens: SessionTokens;
  askBroker: AskBroker;
  heartbeats: Heartbeats;
  polls: LeasePolls;
  reports: Reports;
  /** Null: this gateway keeps no files. */
  files: FilePorts | null;
  logs: LogPorts | null;
}

export class WorkerDoor {
  private readonly logger = new Logger('worker-door');
  private readonly routes: Readonly<Record<WorkerPath, Route>> = {
    '/worker/v1/sessions': { token: 'pool', serve: (call) => this.register(call) },
    '/worker/v1/sessions/end': { token: 'session', late: true, serve: (call) => this.endSession(call) },
    '/worker/v1/lease': { token: 'session', serve: (call) => this.lease(call) },
    '/worker/v1/heartbeat': { token: 'session', serve: (call) => this.heartbeat(call) },
    '/worker/v1/report': { token: 'session', late: true, serve: (call) => this.report(call) },
  };

  private readonly files: AttemptFiles;
  private readonly logs: AttemptLogs;

  constructor(private readonly rooms: WorkerRooms) {
    this.files = new AttemptFiles(rooms.files);
    this.logs = new AttemptLogs(rooms.logs);
  }

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
    if (isOfFiles(request)) {
      const { session } = await this.sessionOf({}, request);
      return this.files.give({ ...fileAsked(request), session }, response);
    }
    if (isOfLogs(request)) {
      const { session } = await this.sessionOf({}, request);
      return this.logs.take(session, request, response);
    }
    const route = this.routeOf(request);
    const serve = await this.admit(route, request);
    const body = await readBody(request, bodyBytesMax);
    if (body.length > 0 && contentTypeOf(request.headers['content-type']) !== 'application/json') {
      throw refusals.contentType(['application/json']);
    }
    const onGone = (left: () => void): void => void response.once('close', left);
    const answer = await serve({ body, onGone });
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

  /** @returns how to serve whom the token lets in. A token of the other kind is 403, no token 401. */
  private async admit(
    route: Route,
    request: IncomingMessage,
  ): Promise<(call: Omit<Call<never>, 'caller'>) => Promise<Answer>> {
    const bearer = bearerOf(request.headers.authorization);
    if (bearer === null) throw refusals.unauthorized();
    const session = this.rooms.tokens.read(bearer);
    if (route.token === 'session') {
      const caller = { kind: 'session', ...(await this.sessionOf(route, request)) } as const;
      return (call) => route.serve({ ...call, caller });
    }
    if (session !== null) {
      throw refusals.forbidden(
        "a session's token opens no new session: this route takes a pool's or the stack's token",
      );
    }
    const pool = await this.poolOf(bearer);
    if (pool === null) throw refusals.unauthorized();
    return (call) => route.serve({ ...call, caller: pool });
  }

  /** Whose token lets in where a session's is asked for. */
  private async sessionOf(route: { late?: true }, request: IncomingMessage): Promise<SessionToken> {
    const bearer = bearerOf(request.headers.authorization);
    if (bearer === null) throw refusals.unauthorized();
    const session = this.rooms.tokens.read(bearer);
    if (session === null) throw await this.noSession(bearer);
    if (route.late !== true) this.checkAlive(session);
    return session;
  }

  private checkAlive(session: SessionToken): void {
    if (this.rooms.tokens.hasEnded(session)) throw sessionRefusal('auth/expired', "the session's token has ended");
    if (!this.rooms.pools.counts(session.opener)) {
      throw sessionRefusal('auth/revoked', 'the token that the session was opened with does not count any more');
    }
  }

  private async noSession(bearer: string): Promise<Refusal> {
    const pool = await this.poolOf(bearer).catch(() => null);
    return pool === null
      ? refusals.unauthorized()
      : refusals.forbidden("this route takes a session's token: register first");
  }

  private async poolOf(bearer: string): Promise<Extract<Caller, { kind: 'pool' }> | null> {
    if (sameSecret(bearer, this.rooms.stackToken)) return { kind: 'pool', opener: stackOpener, site: null };
    const pool = await this.rooms.pools.find(bearer);
    return pool && { kind: 'pool', opener: pool.id, site: pool.site };
  }

  private async register({ caller, body }: Call<'pool'>): Promise<Answer> {
    const request = readJsonAs(RegisterRequest, utf8(body));
    if (caller.site !== null && caller.site !== request.site) {
      throw refusals.forbidden(`this token lets in workers of site ${caller.site}, not of ${request.site}`);
    }
    const made = await this.rooms.askBroker<RegisteredSession>(subjects.sessionRegister, request);
    const { terms } = this.rooms;
    const { session, cutOffStopSec = null, site } = made;
    const suspectSec = made.suspectSec ?? terms.suspectSec;
    const answer: RegisterAnswer = {
      ...{ session, token: this.rooms.tokens.sign(session, caller.opener), cutOffStopSec, site, suspectSec },
      heartbeatSec: heartbeatSecOf(terms, suspectSec),
      orphanSec: made.orphanSec ?? terms.orphanSec,
    };
    return { status: 201, body: JSON.stringify(answer) };
  }

  private async endSession({ caller: { session } }: Call<'session'>): Promise<Answer> {
    await this.rooms.askBroker(subjects.sessionEnd, { session });
    return { status: 204, body: '' };
  }

  private async lease({ caller: { session }, body, onGone }: Call<'session'>): Promise<Answer> {
    const end = await this.rooms.polls.poll(session, readJsonAs(LeaseRequest, utf8(body)), onGone);
    if (end.end === 'answered') return { status: end.status, body: end.body };
    throw refusals.conflict(
      'lease/replaced',
      'the same request came again on another connection, which gets the answer',
    );
  }

  private async heartbeat({ caller, body }: Call<'session'>): Promise<Answer> {
    const { session } = caller;
    const answer = await this.rooms.heartbeats.beat(session, readJsonAs(HeartbeatRequest, utf8(body)));
    const token = this.rooms.tokens.renewed(caller);
    if (answer) return { status: 200, body: JSON.stringify(token === null ? answer : { ...answer, token }) };
    throw new Refusal({
      status: 410,
      code: 'session/gone',
      title: 'The session has ended',
      detail: `session ${session} is not known any more`,
      remedy: 'register anew; reports of the old session are still taken',
    });
  }

  private async report({ caller: { session }, body }: Call<'session'>): Promise<Answer> {
    return { status: 200, body: JSON.stringify(await this.rooms.reports.report(session, body)) };
  }
}

const sessionRefusal = (code: string, detail: string): Refusal =>
  new Refusal(
    {
      status: 401,
      code,
      title: 'No valid token',
      detail,
      remedy: 'register again, under the same request id: the session stays',
    },
    { 'www-authenticate': 'Bearer error="invalid_token"' },
  );
