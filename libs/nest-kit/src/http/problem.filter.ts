import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, Logger, NotFoundException } from '@nestjs/common';
import { allowedAt } from '#contracts';
import { answerRefusal } from './answer.js';
import { isBug, refusalOf } from './refusal-of.js';
import { type Refusal, refusals } from './refusal.js';
import { requestIdOf } from './request-id.js';
import { noRouteAt, pathOf } from './route-path.js';

/** Every error of a request becomes one problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<IncomingMessage>();
    const response = http.getResponse<ServerResponse>();
    const refusal = error instanceof NotFoundException ? noRoute(request) : refusalOf(error);
    if (isBug(refusal)) {
      const told = { requestId: requestIdOf(response) };
      this.logger.error(`${request.method ?? ''} ${pathOf(request)} failed: this is a bug`, told, error as Error);
    }
    answerRefusal(response, refusal);
  }
}

/** Nest throws NotFoundException for an address without a route, also when only the method is wrong. */
function noRoute(request: IncomingMessage): Refusal {
  const methods = allowedAt(pathOf(request));
  if (methods.length > 0) return refusals.notAllowed(methods);
  return noRouteAt(pathOf(request));
}
