import { DeadLetterQuery } from './dead-letter.js';
import { keyedOrder } from './keyed-order.js';
import type { Route } from './routes.js';

const letters = '/api/v1/dead-letters';

export const deadLetterRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: letters,
    summary: 'Messages that could not be applied and were set aside, oldest first',
    token: 'stack',
    query: DeadLetterQuery,
    answer: { status: 200, schema: 'DeadLetterPage' },
    refuses: [],
  },
  {
    method: 'GET',
    path: `${letters}/:id`,
    summary: 'One of them, with what it holds',
    token: 'stack',
    answer: { status: 200, schema: 'DeadLetterContent' },
    refuses: [],
  },
  {
    method: 'POST',
    path: `${letters}/requeue`,
    summary: 'Puts letters back into their stream: each is applied once, or set aside again with its new reason',
    token: 'stack',
    headers: keyedOrder,
    body: { schema: 'DeadLettersRequest' },
    answer: { status: 200, schema: 'DeadLettersAnswer' },
    refuses: [409, 422],
  },
  {
    method: 'POST',
    path: `${letters}/drop`,
    summary: 'Forgets letters for good',
    token: 'stack',
    headers: keyedOrder,
    body: { schema: 'DeadLettersRequest' },
    answer: { status: 200, schema: 'DeadLettersAnswer' },
    refuses: [409, 422],
  },
];
