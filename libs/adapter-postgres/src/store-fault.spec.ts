// Goal: which faults never count against what was asked.
import { expect, test } from '@jest/globals';
import { StoreUnavailable, StoreUnfit } from '#engine';
import { clientFault, storeFault } from './store-fault.js';

const withCode = (code: string): Error => Object.assign(new Error('as PostgreSQL says it'), { code });

test.each([
  ...['08006', '40001', '40P01', '53300', '53100', '57014', '57P01', '57P02', '57P03', '58030'],
  ...['55P03', '55006', '25P03', '25P04', '25006', 'ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'ETIMEDOUT', 'EAI_AGAIN'],
])('%s is a fault of infrastructure', (code) => {
  expect(storeFault('x', withCode(code))).toBeInstanceOf(StoreUnavailable);
});

test.each(['42P01', '42703', '42501', '3D000', '28P01', '0A000', '26000', '25P02', 'XX001'])(
  '%s says that the database is not as it should be',
  (code) => {
    expect(storeFault('x', withCode(code))).toBeInstanceOf(StoreUnfit);
  },
);

test.each(['22003', '22P02', '23505', '23514', '21000', '54000', 'P0001', 'XX000'])(
  '%s is handed on as it is',
  (code) => {
    const cause = withCode(code);
    expect([storeFault('x', cause), clientFault('x', cause)]).toEqual([cause, cause]);
  },
);

test.each([
  'Client was closed and is not queryable',
  'Client has encountered a connection error and is not queryable',
  'Query read timeout',
  'Received unexpected commandComplete message from backend.',
  'Driver not Connected',
  'timeout expired',
])('what the client says without a word of the server is the fault of the line: %s', (message) => {
  expect(clientFault('x', new Error(message))).toBeInstanceOf(StoreUnavailable);
});

test('a value that can not be written down is no fault of the line', () => {
  const cause = new TypeError('Converting circular structure to JSON');
  expect(clientFault('x', cause)).toBe(cause);
});

test.each([
  'the connection between two jobs is not in the document',
  'timeout of job 7 is 0 s',
  'socket 3 of the worker was released twice',
  'the run was terminated',
])('what our own code says is judged by no word in it: %s', (message) => {
  const cause = new Error(message);
  expect(storeFault('x', cause)).toBe(cause);
});

test.each(['ERR_INVALID_ARG_TYPE', 'ENOENT', 'EACCES', 'ABORT_ERR'])(
  '%s, thrown beside a statement, is not the fault of the line',
  (code) => {
    const cause = withCode(code);
    expect(storeFault('x', cause)).toBe(cause);
  },
);
