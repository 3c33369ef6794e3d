import { keyedOrder } from './keyed-order.js';
import { WholePageQuery } from './page-query.js';
import type { Route } from './routes.js';
import { SpaceQuery } from './space.js';

const spaces = '/api/v1/spaces';

export const spaceRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: spaces,
    summary: 'Spaces that the caller has a role in, by name',
    token: 'stack',
    query: SpaceQuery,
    answer: { status: 200, schema: 'SpacePage' },
    refuses: [],
  },
  {
    method: 'GET',
    path: `${spaces}/:space`,
    summary: 'One space',
    token: 'stack',
    answer: { status: 200, schema: 'SpaceView' },
    refuses: [],
  },
  {
    method: 'PUT',
    path: `${spaces}/:space`,
    summary: 'Makes a space, or changes where its outputs go and how much it may have; what is left out stays',
    token: 'stack',
    body: { schema: 'SpaceRequest' },
    answer: { status: 200, schema: 'SpaceAnswer' },
    refuses: [403, 422],
  },
  {
    method: 'GET',
    path: `${spaces}/:space/grants`,
    summary: 'Who has which role in a space; space: a name, or * for every one',
    token: 'stack',
    query: WholePageQuery,
    answer: { status: 200, schema: 'GrantList' },
    refuses: [403],
  },
  {
    method: 'PUT',
    path: `${spaces}/:space/grants`,
    summary: 'Gives a subject or a group a role in a space, in place of the one it had there',
    token: 'stack',
    body: { schema: 'GrantRequest' },
    answer: { status: 200, schema: 'GrantAnswer' },
    refuses: [403, 422],
  },
  {
    method: 'POST',
    path: `${spaces}/:space/grants/remove`,
    summary: 'Takes the role away that a subject or a group has in a space',
    token: 'stack',
    headers: keyedOrder,
    body: { schema: 'GrantRemove' },
    answer: { status: 200, schema: 'GrantAnswer' },
    refuses: [403, 409, 422],
  },
];
