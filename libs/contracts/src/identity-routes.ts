import { TokenQuery } from './issued-token.js';
import type { Route } from './routes.js';

const tokens = '/api/v1/tokens';

export const identityRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/login',
    summary: 'Where tokens that this server takes are to be had: issuers, and how the command line asks them',
    token: 'none',
    answer: { status: 200, schema: 'LoginView' },
    refuses: [],
  },
  {
    method: 'GET',
    path: '/api/v1/whoami',
    summary: 'Who the server takes the caller for, what the caller may, and when the token ends',
    token: 'stack',
    answer: { status: 200, schema: 'WhoAmI' },
    refuses: [],
  },
  {
    method: 'POST',
    path: tokens,
    summary: 'Hands out a token: for a program, for the workers of a site, or for a site; its text is told this once',
    token: 'stack',
    body: { schema: 'TokenRequest' },
    answer: { status: 201, schema: 'TokenMade' },
    refuses: [403, 422],
  },
  {
    method: 'GET',
    path: tokens,
    summary: "The caller's tokens in the order in which they were made; everybody's for who administers the system",
    token: 'stack',
    query: TokenQuery,
    answer: { status: 200, schema: 'TokenPage' },
    refuses: [403],
  },
  {
    method: 'DELETE',
    path: `${tokens}/:id`,
    summary: 'Revokes a token: within seconds it opens nothing any more; safe to repeat',
    token: 'stack',
    answer: { status: 200, schema: 'TokenView' },
    refuses: [403],
  },
];
