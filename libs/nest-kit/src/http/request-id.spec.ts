import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { nameRequest, requestIdOf } from './request-id.js';

function named(given?: string): string {
  const request = new IncomingMessage(new Socket());
  if (given !== undefined) request.headers['x-request-id'] = given;
  const response = new ServerResponse(request);
  nameRequest(request, response);
  return requestIdOf(response);
}

test.each(['abc', 'w-1/2', '4bf92f35-77b3:1', 'a'.repeat(100)])('%s is kept', (id) => {
  expect(named(id)).toBe(id);
});

test.each(['', 'a b', 'a\u001b[2J', '"x"', '<b>', 'é', 'a'.repeat(101)])('%j is not taken', (id) => {
  expect(named(id)).toMatch(/^[\w-]{8}-[0-9a-z]+$/);
});

test('no two requests have the same name', () => {
  expect(new Set(Array.from({ length: 1_000 }, () => named())).size).toBe(1_000);
});
