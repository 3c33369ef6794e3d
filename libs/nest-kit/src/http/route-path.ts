import type { IncomingMessage } from 'node:http';
import { type Refusal, refusals } from './refusal.js';

/** The path of a request, without its query. */
export const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0] ?? '/';

export const noRouteAt = (path: string): Refusal =>
  refusals.notFound(`nothing is at ${path.slice(0, 200)}`, '/openapi.json lists every route, /docs shows them');
