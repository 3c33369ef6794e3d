/**
 * The bad inputs of the list that the interface is tried against, by their numbers there (B1 to B126), and what must become of
 * each. What takes more than one call, or time, is in bad-histories.ts. Not here: what needs an issuer of tokens or spaces of
 * others (B99-B102, B105-B109, B125), and what only a worker sees (B66).
 */
import { gzipSync } from 'node:zlib';

/** What is sent: a document in two parts, one call, or bytes as they are. */
export type BadInput = { id: string; what: string; is: Outcome } & (
  { document: BadDocument } | { call: BadCall } | { bytes: string }
);

/** `header`: what is other than in a good one, or all of its text. */
export interface BadDocument {
  header?: object | string;
  lines: readonly (object | string)[];
}

export interface BadCall {
  method?: string;
  path: string;
  body?: string | Buffer<ArrayBuffer>;
  headers?: Record<string, string>;
  /** Empty: none. */
  token?: string;
}

/** A refusal: its status, its code, the code of one of its errors; or taken. */
export type Outcome = 'taken' | { status: number; code?: string; error?: string };

const refused = (error: string): Outcome => ({ status: 422, code: 'document/refused', error });
const jobs = (id: string, what: string, lines: readonly (object | string)[], is: Outcome): BadInput => ({
  ...{ id, what, document: { lines }, is },
});
const header = (id: string, what: string, change: object | string, is: Outcome): BadInput => ({
  ...{ id, what, document: { header: change, lines: ['{"name":"a"}'] }, is },
});
const resources = (id: string, what: string, asked: object, is: Outcome): BadInput =>
  header(id, what, { templates: { work: { transform: 'noop', resources: asked } } }, is);
/** In the space `ann`, whose outputs lie below /u/ann. */
const output = (id: string, what: string, uri: string, error: string): BadInput => ({
  ...{ id, what, is: refused(error) },
  document: { header: { space: 'ann' }, lines: [{ name: 'a', outputs: [{ name: 'o', uri }] }] },
});
const json = { 'content-type': 'application/json' };
const order = (id: string, what: string, body: string | Buffer<ArrayBuffer>, is: Outcome): BadInput => ({
  ...{ id, what, call: { method: 'PUT', path: '/api/v1/limits/named/n', body, headers: json }, is },
});
const list = (id: string, what: string, query: string, is: Outcome): BadInput => ({
  ...{ id, what, call: { path: `/api/v1/workflows?${query}` }, is },
});
const token = (id: string, what: string, given: string, is: Outcome): BadInput => ({
  ...{ id, what, call: { path: '/api/v1/workflows', token: given }, is },
});
const jwt = (head: object): string =>
  [head, { iss: 'x', sub: 'ann' }, 's']
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
const noToken: Outcome = { status: 401, code: 'auth/token' };
const shape: Outcome = { status: 422, code: 'schema/invalid' };
const noJson: Outcome = { status: 400, code: 'json/invalid' };
const malformed: Outcome = { status: 400, code: 'http/malformed' };
const upload = 'POST /api/v1/workflows HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

export const badInputs: readonly BadInput[] = [
  jobs(
    'B1',
    'a cycle of two',
    [
      { name: 'a', after: ['b'] },
      { name: 'b', after: ['a'] },
    ],
    refused('CYCLE'),
  ),
  jobs(
    'B2',
    'a cycle of 5,000',
    Array.from({ length: 5_000 }, (_, i) => ({ name: `j${i}`, after: [(i + 1) % 5_000] })),
    refused('CYCLE'),
  ),
  jobs('B3', 'a job after itself', [{ name: 'a', after: ['a'] }], refused('CYCLE')),
  jobs('B4', 'a name twice', [{ name: 'a' }, { name: 'a' }], refused('DUPLICATE_NAME')),
  jobs(
    'B5',
    'names that are the same once composed',
    [{ name: 'ne\u0301' }, { name: 'n\u00e9' }],
    refused('DUPLICATE_NAME'),
  ),
  jobs('B6', 'names that differ in case', [{ name: 'a' }, { name: 'A' }], 'taken'),
  jobs('B7', 'a parent that is none', [{ name: 'a', after: ['b'] }], refused('UNKNOWN_PARENT')),
  jobs('B8', 'a parent in another workflow', [{ name: 'a', after: ['there'] }], refused('UNKNOWN_PARENT')),
  jobs('B9', "a parent in another user's workflow", [{ name: 'a', after: ['theirs'] }], refused('UNKNOWN_PARENT')),
  jobs('B10', 'an edge twice', [{ name: 'a' }, { name: 'b', after: ['a', 'a', 0] }], 'taken'),
  jobs('B11', 'no jobs', [], refused('EMPTY')),
  header('B12', 'more jobs than there may be', { jobCount: 5_000_001 }, refused('TOO_LARGE')),
  header('B13', 'more edges than there may be', { edgeCount: 20_000_001 }, refused('TOO_LARGE')),
  jobs(
    'B14',
    'more parents than a job may have',
    [{ name: 'a', after: Array.from({ length: 200_001 }, (_, i) => i) }],
    refused('TOO_LARGE'),
  ),
  jobs('B16', 'parts that nothing connects', [{ name: 'a' }, { name: 'b' }, { name: 'c', after: ['b'] }], 'taken'),
  resources('B17', 'text for a number', { memoryMib: '5' }, refused('BAD_TYPE')),
  jobs('B18', 'a number for text', [{ name: 5 }], refused('BAD_TYPE')),
  jobs('B19', 'null for a name', [{ name: null }], refused('BAD_TYPE')),
  jobs('B20', 'no name', [{}], refused('MISSING_FIELD')),
  jobs('B21', 'an unknown field', [{ name: 'a', nam: 'b' }], refused('UNKNOWN_FIELD')),
  header('B22', 'a list for an object', { templates: [] }, refused('BAD_TYPE')),
  order('B23', 'no object at the top', '[]', shape),
  order('B24', 'an empty body', '', noJson),
  order('B25', '__proto__ as a field', '{"__proto__":{"capJobs":1}}', shape),
  order('B26', 'NaN', '{"capJobs":NaN}', noJson),
  order('B27', '1e999', '{"capJobs":1e999}', shape),
  order('B28', '-0', '{"capJobs":-0,"dryRun":true}', 'taken'),
  order('B29', '2^53 + 1', '{"capJobs":9007199254740993}', shape),
  resources('B30', 'memory 0', { memoryMib: 0 }, refused('RANGE')),
  resources('B31', 'memory -1', { memoryMib: -1 }, refused('RANGE')),
  resources('B32', 'memory 1.5', { memoryMib: 1.5 }, refused('RANGE')),
  resources('B33', 'memory 1e12', { memoryMib: 1e12 }, refused('RANGE')),
  resources('B34', 'a million cores', { cores: 1e6 }, refused('RANGE')),
  resources('B35', 'walltime 0', { walltimeSec: 0 }, refused('BAD_WALLTIME')),
  header(
    'B36',
    'a priority out of range',
    { templates: { work: { transform: 'noop', priority: 1e6 } } },
    refused('RANGE'),
  ),
  header(
    'B37',
    'a billion retries',
    { templates: { work: { transform: 'noop', retry: { retries: 1e9 } } } },
    refused('RANGE'),
  ),
  {
    id: 'B38',
    what: 'a time that is none',
    call: { path: '/api/v1/events?from=0000-13-41' },
    is: { status: 400, code: 'query/cursor' },
  },
  list('B39', 'a word that a list of words does not have', 'state=faild', { status: 400, code: 'query/invalid' }),
  {
    id: 'B40',
    what: 'a UUID that is none',
    call: { path: '/api/v1/dead-letters/no-uuid' },
    is: { status: 404, code: 'not-found' },
  },
  {
    id: 'B41',
    what: 'NUL in an address',
    call: { path: '/api/v1/workflows/a%00b' },
    is: { status: 400, code: 'http/address' },
  },
  jobs('B42', 'NUL escaped in JSON', ['{"name":"a\\u0000"}'], refused('BAD_TEXT')),
  jobs('B43', 'half a character', ['{"name":"a\\ud800"}'], refused('BAD_TEXT')),
  order('B41', 'NUL in a body', '{"capJobs":1,"a\\u0000":1}', { status: 400, code: 'text/forbidden-char' }),
  order('B44', 'bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), noJson),
  jobs('B45', 'an escape sequence', [{ name: 'a\u001b[2J' }], refused('BAD_TEXT')),
  jobs('B46', 'a turned direction', [{ name: 'a\u202eb' }], refused('BAD_TEXT')),
  jobs('B47', 'an emoji', [{ name: 'job 😀' }], 'taken'),
  jobs('B48', 'a name of 10,000 characters', [{ name: 'x'.repeat(10_000) }], refused('NAME_TOO_LONG')),
  jobs('B49', 'a blank name', [{ name: ' ' }], refused('BAD_NAME')),
  jobs('B50', 'a name with a zero-width space', [{ name: 'a\u200bb' }], refused('BAD_TEXT')),
  jobs('B51', 'SQL in a name', [{ name: "a'; drop table job; --$$" }], 'taken'),
  list('B52', 'wild signs of LIKE in a search', 'query=%25_', 'taken'),
  list('B53', 'an order by', 'orderBy=name', { status: 400, code: 'query/unknown-field' }),
  list('B54', 'a path of JSON in a query', 'query=%24.a%3F(%40)', 'taken'),
  jobs(
    'B55',
    'signs of subjects and addresses in names',
    [{ name: '*.>' }, { name: '$JS.API.>' }, { name: 'a b' }],
    'taken',
  ),
  {
    id: 'B56',
    what: 'line breaks in a header',
    bytes: `${upload}Idempotency-Key: a\r\n b\0: c\r\n\r\n`,
    is: malformed,
  },
  jobs('B57', 'HTML in a name', [{ name: '<script>alert(1)</script>' }], 'taken'),
  jobs('B58', 'a formula in a name', [{ name: '=cmd|calc!A1' }], 'taken'),
  jobs('B59', 'a line break in a name', [{ name: 'a\n{"level":"info"}' }], refused('BAD_TEXT')),
  list('B60', 'a query of many terms', `query=${encodeURIComponent('a '.repeat(101))}`, {
    status: 400,
    code: 'query/too-complex',
  }),
  output('B62', 'an output up and beside', '/u/ann/../bob/x', 'PATH_FORBIDDEN'),
  output('B62', 'an output up from the own folder', '../x', 'PATH_FORBIDDEN'),
  output('B63', 'an output elsewhere', '/etc/passwd', 'PATH_OUTSIDE_SPACE'),
  output('B64', 'an output with an encoded slash', '/u/ann/..%2fbob', 'PATH_FORBIDDEN'),
  output('B64', 'an output that is encoded twice', '/u/ann/%252e%252e%252fbob', 'PATH_FORBIDDEN'),
  output('B65', 'an output with a backslash', '/u/ann\\..\\bob', 'PATH_FORBIDDEN'),
  output('B67', 'an output in a folder whose name begins alike', '/u/anna/x', 'PATH_OUTSIDE_SPACE'),
  output('B68', 'NUL in an output', '/u/ann/x\u0000', 'BAD_TEXT'),
  output('B68', 'NUL in an output, encoded', '/u/ann/x%00', 'PATH_FORBIDDEN'),
  output('B69', 'an output to a device', '/dev/sda', 'PATH_FORBIDDEN'),
  output('B69', 'an output by way of a process', '/proc/self/root/u/ann/x', 'PATH_FORBIDDEN'),
  output('B70', 'an output that ends with a dot', '/u/ann/x.', 'PATH_FORBIDDEN'),
  output('B70', 'an output that ends with a space', '/u/ann/x ', 'PATH_FORBIDDEN'),
  output('B70', 'an output with a segment of 300 bytes', `/u/ann/${'x'.repeat(300)}`, 'PATH_FORBIDDEN'),
  output('B70', 'an output of file://', 'file:///u/bob/x', 'PATH_OUTSIDE_SPACE'),
  output('B70', 'an output in another store', 's3://other/u/ann/x', 'PATH_OUTSIDE_SPACE'),
  order('B71', 'depth 100,000', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, { status: 422 }),
  order('B72', 'a body over 1 MiB', JSON.stringify({ x: 'x'.repeat(1_048_576) }), { status: 413, code: 'limit/body' }),
  jobs('B73', 'a line over 4 MiB', [{ name: 'a', tags: { t: 'x'.repeat(4_200_000) } }], refused('TOO_LARGE')),
  {
    id: 'B74',
    what: 'a body that goes on after its length',
    bytes: `${upload}Content-Length: 2\r\nConnection: close\r\n\r\n{}{"name":1}`,
    is: noToken,
  },
  {
    ...{ id: 'B76', what: 'a bomb of gzip', is: { status: 415, code: 'http/content-type' } as const },
    call: {
      ...{ method: 'PUT', path: '/api/v1/limits/named/n', body: gzipSync(Buffer.alloc(70_000_000)) },
      headers: { ...json, 'content-encoding': 'gzip' },
    },
  },
  {
    ...{ id: 'B77', what: '10,001 items in one order', is: shape },
    call: {
      ...{ method: 'POST', path: '/api/v1/workflows/there/cancel', headers: json },
      body: JSON.stringify({ ordinals: Array.from({ length: 10_001 }, (_, i) => i) }),
    },
  },
  list('B81', 'a page of a billion', 'limit=1000000000', { status: 400, code: 'query/invalid' }),
  list('B81', 'a forged cursor', 'cursor=w-1', { status: 400, code: 'query/cursor' }),
  list('B82', 'thousands of parameters', Array.from({ length: 3_000 }, (_, i) => `p${i}=1`).join('&'), {
    status: 431,
    code: 'limit/headers',
  }),
  {
    id: 'B83',
    what: 'a body of another type',
    call: { method: 'PUT', path: '/api/v1/limits/named/n', body: '{}', headers: { 'content-type': 'text/plain' } },
    is: { status: 415, code: 'http/content-type' },
  },
  {
    id: 'B84',
    what: 'a body in UTF-16',
    call: {
      method: 'PUT',
      path: '/api/v1/limits/named/n',
      body: '{}',
      headers: { 'content-type': 'application/json; charset=utf-16' },
    },
    is: { status: 415, code: 'http/content-type' },
  },
  {
    id: 'B85',
    what: 'an answer of a type that there is none of',
    call: { path: '/api/v1/workflows', headers: { accept: 'image/png' } },
    is: { status: 406, code: 'http/accept' },
  },
  {
    id: 'B86',
    what: 'another method',
    call: { method: 'DELETE', path: '/api/v1/workflows' },
    is: { status: 405, code: 'http/method' },
  },
  {
    id: 'B87',
    what: 'a length and chunks',
    bytes: `${upload}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
    is: malformed,
  },
  { id: 'B88', what: 'two lengths', bytes: `${upload}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, is: malformed },
  { id: 'B89', what: 'no host', bytes: 'GET /health/live HTTP/1.0\r\n\r\n', is: { status: 400, code: 'http/host' } },
  {
    id: 'B90',
    what: 'a bad escape in an address',
    call: { path: '/api/v1/workflows/%ff' },
    is: { status: 400, code: 'http/path' },
  },
  {
    id: 'B91',
    what: 'another method in a header',
    call: { path: '/health/live', headers: { 'x-http-method-override': 'DELETE' } },
    is: 'taken',
  },
  {
    id: 'B92',
    what: 'headers of a proxy that is none',
    call: {
      path: '/api/v1/workflows',
      token: '',
      headers: { 'ssl-client-s-dn': 'CN=admin', 'x-forwarded-user': 'admin' },
    },
    is: noToken,
  },
  {
    id: 'B93',
    what: 'another host',
    bytes: 'GET /api/v1/workflows HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    is: noToken,
  },
  {
    id: 'B94',
    what: 'a page of another origin',
    call: { path: '/health/live', headers: { origin: 'https://evil.example' } },
    is: 'taken',
  },
  token('B95', 'no token', '', noToken),
  token('B96', 'a token that is garbage', 'garbage', noToken),
  token('B97', 'a token signed by nobody', jwt({ alg: 'none' }), { ...noToken, code: 'auth/issuer' }),
  token('B98', 'a token signed with a public key', jwt({ alg: 'HS256' }), { ...noToken, code: 'auth/issuer' }),
  token('B103', 'a token that brings its key', jwt({ alg: 'RS256', jku: 'http://127.0.0.1:1/' }), {
    ...noToken,
    code: 'auth/malformed',
  }),
  token('B104', 'a token of 12 kB', 'x'.repeat(12_000), noToken),
  {
    id: 'B110',
    what: 'a token in the address',
    call: { path: '/api/v1/workflows?access_token=x', token: '' },
    is: noToken,
  },
  {
    id: 'B117',
    what: 'a cancel of what has ended otherwise',
    call: { method: 'POST', path: '/api/v1/workflows/ended/cancel' },
    is: { status: 409, code: 'workflow/ended' },
  },
  {
    id: 'B118',
    what: 'a retry of what runs',
    call: { method: 'POST', path: '/api/v1/workflows/there/retry', body: '{}', headers: json },
    is: { status: 409, code: 'workflow/not-ended' },
  },
];
