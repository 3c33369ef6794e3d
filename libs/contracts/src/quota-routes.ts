import { WholePageQuery } from './page-query.js';
import type { Route } from './routes.js';

export const quotaRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/quotas',
    summary: 'What spaces and users may keep and have open, where that has a cap of its own',
    token: 'stack',
    query: WholePageQuery,
    answer: { status: 200, schema: 'QuotaList' },
    refuses: [],
  },
  {
    method: 'PUT',
    path: '/api/v1/quotas/user/:name',
    summary: 'Sets caps of a user, from now on: what is there already stays; those of a space are set with the space',
    token: 'stack',
    body: { schema: 'QuotaRequest' },
    answer: { status: 200, schema: 'QuotaView' },
    refuses: [422],
  },
];
