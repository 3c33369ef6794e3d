import { expect, test } from '@jest/globals';
import { LeaseRequests } from './lease-requests.js';

const request = { session: '7', requestId: 'r1' };

test('a request that was granted gets the same again and nothing else', () => {
  const requests = new LeaseRequests<string>();
  expect(requests.grant(request, ['a', 'b'])).toBe('granted');
  expect(requests.grant(request, ['c'])).toBe('repeated');
  expect(requests.grantedTo(request)).toEqual(['a', 'b']);
});

test('the same id of another session is another request', () => {
  const requests = new LeaseRequests<string>();
  requests.grant(request, ['a']);
  expect(requests.grant({ ...request, session: '8' }, ['b'])).toBe('granted');
  expect(requests.grantedTo({ ...request, session: '8' })).toEqual(['b']);
});

test('a request that got nothing may get something when it is asked again', () => {
  const requests = new LeaseRequests<string>();
  expect(requests.grant(request, [])).toBe('granted');
  expect(requests.grantedTo(request)).toEqual([]);
  expect(requests.grant(request, ['a'])).toBe('granted');
});
