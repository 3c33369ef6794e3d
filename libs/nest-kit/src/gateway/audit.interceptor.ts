import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  Logger,
  type NestInterceptor,
} from '@nestjs/common';
import { catchError, from, mergeMap, type Observable } from 'rxjs';
import { type AuditedRoute, auditedRoutes } from '#contracts';
import type { AuditLog } from '#engine';
import { callerOf } from '../http/caller-of.js';
import { bodyTextOf } from '../http/json-body.js';
import { refusalOf } from '../http/refusal-of.js';
import { requestIdOf } from '../http/request-id.js';
import { AUDIT_LOG } from './stores.js';

/** So much of what a request said is kept. */
const saidCharsMax = 4_000;

/** A request whose route Express has found. */
type Routed = IncomingMessage & { params: Readonly<Record<string, string>>; route?: { path?: string } };

/**
 * Puts every order on record: before it is carried out, and when it is answered. Where the record cannot be written the order is
 * not carried out. What the guard refused was no order.
 */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  private readonly logger = new Logger('audit');

  constructor(@Inject(AUDIT_LOG) private readonly audit: AuditLog) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<Routed>();
    const audited = auditedRoutes[`${request.method ?? ''} ${request.route?.path ?? ''}`] ?? null;
    if (audited === null) return next.handle();
    const response = context.switchToHttp().getResponse<ServerResponse>();
    return from(this.begin(audited, request, response)).pipe(
      mergeMap((id) =>
        next.handle().pipe(
          mergeMap(async (answer: unknown) => {
            await this.end(id, audited, request, { status: response.statusCode, target: targetOf(answer) });
            return answer;
          }),
          catchError(async (fault: unknown) => {
            await this.end(id, audited, request, { status: refusalOf(fault).refused.status, target: null });
            throw fault;
          }),
        ),
      ),
    );
  }

  private begin({ action }: AuditedRoute, request: Routed, response: ServerResponse): Promise<string> {
    const { issuer, subject } = callerOf(request);
    return this.audit.begin({
      ...{ by: { issuer, subject }, action, place: { ...request.params } },
      ...{ requestId: requestIdOf(response), from: request.socket.remoteAddress ?? '' },
    });
  }

  /** That it was ordered is on record: without its end it looks like an order whose gateway died. */
  private async end(
    id: string,
    { action, body }: AuditedRoute,
    request: Routed,
    end: { status: number; target: string | null },
  ): Promise<void> {
    const text = body ? bodyTextOf(request)?.slice(0, saidCharsMax) : undefined;
    const said = text?.replaceAll('\0', '\u2400') ?? null; // PostgreSQL stores no NUL in text
    await this.audit.end(id, { ...end, said }).catch((fault: Error) => {
      this.logger.warn(`the end of order ${id} (${action}) is not on record`, { ...end, cause: fault.message });
    });
  }
}

/** The id in an answer: of a workflow, mostly. */
function targetOf(answer: unknown): string | null {
  const { id, workflow } = (answer ?? {}) as { id?: unknown; workflow?: { id?: unknown } | string };
  const named = typeof workflow === 'object' ? workflow.id : workflow;
  const found = [id, named].find((each) => typeof each === 'string');
  return typeof found === 'string' ? found : null;
}
