import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, Logger, NotFoundException } from '@nestjs/common';
import { methodsOf } from '#contracts';
import { answerRefusal } from './answer.js';
import { isBug, refusalOf } from './refusal-of.js';
import { type Refusal, refusals } from './refusal.js';

/** Every error of a request becomes one problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<IncomingMessage>();
    const refusal = error instanceof NotFoundException ? noRoute(request) : refusalOf(error);
    if (isBug(refusal)) {
      this.logger.error(`${request.method ?? ''} ${pathOf(request)} failed: this is a bug`, error as Error);
    }
    answerRefusal(http.getResponse<ServerResponse>(), refusal);
  }
}

/** Nest throws NotFoundException for an address without a route, also when only the method is wrong. */
function noRoute(request: IncomingMessage): Refusal {
  const methods = methodsOf(pathOf(request));
  if (methods.length > 0) return refusals.notAllowed(methods);
  return refusals.notFound(`nothing is at ${pathOf(request).slice(0, 200)}`, 'docs/api/openapi.json lists every route');
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0] ?? '/';
