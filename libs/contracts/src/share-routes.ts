import { keyedOrder } from './keyed-order.js';
import type { Route } from './routes.js';
import { ShareQuery } from './share.js';

const shares = '/api/v1/shares';

export const shareRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: shares,
    summary: 'The tree of shares by path, with weights, targets, use and allocations; under: a share and all below it',
    token: 'stack',
    query: ShareQuery,
    answer: { status: 200, schema: 'ShareList' },
    refuses: [],
  },
  {
    method: 'PUT',
    path: shares,
    summary: 'Makes and changes shares: all of it or nothing; shares that it does not name stay as they are',
    token: 'stack',
    body: { schema: 'SharesApply' },
    answer: { status: 200, schema: 'SharesChanged' },
    refuses: [409, 422],
  },
  {
    method: 'POST',
    path: `${shares}/remove`,
    summary: 'Removes a share that nothing is below and no workflow ever belonged to',
    token: 'stack',
    headers: keyedOrder,
    body: { schema: 'ShareRemove' },
    answer: { status: 200, schema: 'SharesChanged' },
    refuses: [409, 422],
  },
  {
    method: 'POST',
    path: `${shares}/use`,
    summary: 'Counts use outside Sluice; a report of the same name, or with the same key, again counts nothing',
    token: 'stack',
    headers: keyedOrder,
    body: { schema: 'UseReport' },
    answer: { status: 200, schema: 'UseReported' },
    refuses: [409, 422],
  },
];
