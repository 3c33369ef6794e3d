import { ArchiveQuery } from './archive.js';
import { keyedOrder } from './keyed-order.js';
import type { Route } from './routes.js';

export const archiveRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/archive',
    summary: 'Ended workflows, oldest first: those that are not archived, or those that are',
    token: 'stack',
    query: ArchiveQuery,
    answer: { status: 200, schema: 'ArchivePage' },
    refuses: [],
  },
  {
    method: 'POST',
    path: '/api/v1/workflows/:selector/archive',
    summary: 'Orders that an ended workflow be archived now: its jobs go into files, its counts and errors stay',
    token: 'stack',
    headers: keyedOrder,
    body: { schema: 'OrderRequest', optional: true },
    answer: { status: 200, schema: 'ArchiveAnswer' },
    refuses: [409, 422],
  },
];
