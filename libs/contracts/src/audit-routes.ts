import { AuditQuery } from './audit.js';
import type { Route } from './routes.js';

export const auditRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/audit',
    summary: 'Orders that somebody gave, newest first: who, what, on what, when, from where, and how it was answered',
    token: 'stack',
    query: AuditQuery,
    answer: { status: 200, schema: 'AuditPage' },
    refuses: [],
  },
];
