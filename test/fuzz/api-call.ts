/** Calls of the gateway made from its OpenAPI document: good ones, and what becomes of them when something is wrong. */
import type { Json, JsonObject, OpenApi, OpenApiOperation, OpenApiParameter } from '#contracts';
import type { Random } from '#test-kit';

export interface ApiCall {
  /** `GET /api/v1/workflows`, as the document has it. */
  route: string;
  operation: OpenApiOperation;
  method: string;
  /** As it goes over the wire. */
  path: string;
  headers: Record<string, string>;
  body: Buffer | null;
}

/** What a call may name that is there. */
export interface KnownNames {
  workflows: readonly string[];
  jobs: readonly string[];
  others: readonly string[];
  tokens: { stack: string; session: string };
}

const oddTexts = [
  ...['', ' ', '0', '-1', '1e999', 'NaN', 'null', 'true', '[]', '{}', "'; drop table workflow; --", '%', '_', '*', '?'],
  ...['a\u0000b', '\u0007', '\u001b[2J', '\u202eabc', '\u200b', '😀', 'e\u0301', '\ud800', 'x'.repeat(5_000)],
  ...[
    '__proto__',
    'constructor',
    '../../etc/passwd',
    '..%2f',
    'a/b',
    'a\\b',
    'last',
    'last~1',
    'last~999999',
    'w-',
    'e1',
  ],
  ...['9007199254740993', '99999999999999999999', '2147483648', '-0', '1.5', '0x10', '2026-02-30', '+275760-09-13'],
  ...[
    'label:isr -site:USDF',
    'state:failed exit:1..9',
    'label:"',
    ':',
    '-',
    'submitted:>2026-11-22',
    "label:'$$'",
    '=cmd|1',
  ],
];
const oddValues: readonly Json[] = [
  ...[null, true, false, 0, -1, 1.5, 1e21, 2 ** 53, -(2 ** 31) - 1, 2_147_483_648, [], {}, [[]], [null], { a: 1 }],
  ...oddTexts,
];
/** Bodies that are no JSON of any schema, as bytes. */
const oddBodies: readonly Buffer[] = [
  ...[
    '',
    ' ',
    'null',
    '[]',
    '"x"',
    '1',
    '{',
    '{"a":}',
    '{"a":1,"a":2}',
    'NaN',
    '{"a":NaN}',
    '{"a":1e999}',
    '\ufeff{}',
  ].map((text) => Buffer.from(text)),
  ...[Buffer.from([0xff, 0xfe, 0x7b]), Buffer.from('{"a":"\\u0000"}'), Buffer.from('{"a":"\\ud800"}')],
  Buffer.from('{"__proto__":{"a":1}}'),
  Buffer.from(`${'['.repeat(50_000)}${']'.repeat(50_000)}`),
  Buffer.from(JSON.stringify({ a: 'x'.repeat(1_100_000) })),
];
const oddHeaders: readonly [string, string][] = [
  ['accept', 'image/png'],
  ['accept', 'application/x-ndjson'],
  ['accept', ';;;'],
  ['accept-encoding', 'gzip;q=0, *'],
  ['content-encoding', 'gzip'],
  ['content-type', 'text/plain'],
  ['content-type', 'application/json; charset=utf-16'],
  ['content-type', ''],
  ['idempotency-key', 'a b'],
  ['idempotency-key', 'k'.repeat(300)],
  ['if-none-match', '*'],
  ['sluice-owner', ' ann'],
  ['x-request-id', '<script>'],
  ['x-http-method-override', 'DELETE'],
  ['x-forwarded-for', '10.0.0.1'],
  ['authorization', 'Bearer no'],
  ['authorization', 'Basic eDp5'],
  ['authorization', 's.'],
  ['range', 'bytes=0-1'],
  ['expect', '100-continue'],
];

/** Draws calls. The same seed draws the same ones. */
export class ApiCalls {
  private readonly operations: { method: string; path: string; operation: OpenApiOperation }[];

  constructor(
    private readonly api: OpenApi,
    private readonly known: KnownNames,
  ) {
    this.operations = Object.entries(api.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
    );
  }

  draw(random: Random): ApiCall {
    const { method, path, operation } = random.pick(this.operations);
    const query = this.query(operation.parameters, random);
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => this.step(name, random));
    const headers = this.headers(operation, random);
    const body = this.body(operation, random);
    if (body !== null && !('content-type' in headers)) {
      headers['content-type'] = Object.keys(operation.requestBody?.content ?? {})[0] ?? 'application/json';
    }
    return {
      route: `${method} ${path}`,
      operation,
      method: random.once(25)
        ? random.pick(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])
        : method,
      path: filled + (query === '' ? '' : `?${query}`),
      headers,
      body,
    };
  }

  private step(name: string, random: Random): string {
    if (random.once(40)) return random.pick(['%ff', '%00', '%', '%2e%2e', '..', '%c0%af', '%u0041']);
    const { workflows, jobs, others } = this.known;
    const good = name === 'selector' || name === 'id' ? workflows : name === 'job' ? jobs : others;
    return encoded(random.once(4) ? random.pick(oddTexts) : random.pick(good));
  }

  private query(parameters: readonly OpenApiParameter[], random: Random): string {
    const given = parameters.filter((each) => each.in === 'query' && (each.required || random.once(3)));
    const pairs = given.flatMap(({ name, schema }) => {
      const value = random.once(3) ? random.pick(oddTexts) : this.value(schema, random, 0);
      return [value].flat().map((each) => `${name}=${encoded(typeof each === 'string' ? each : JSON.stringify(each))}`);
    });
    if (random.once(20))
      pairs.push(random.pick(['x=1', 'limit=1&limit=2', '__proto__=1', 'limit[]=1', '&&=', '%ff=1', 'a=%']));
    return pairs.join('&');
  }

  private headers(operation: OpenApiOperation, random: Random): Record<string, string> {
    const kind = Object.keys(operation.security[0] ?? {})[0];
    const { stack, session } = this.known.tokens;
    const token = random.once(30) ? random.pick([stack, session, null]) : kind === 'session' ? session : stack;
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    for (let more = random.below(8); more >= 6; more -= 1) {
      const [name, value] = random.pick(oddHeaders);
      headers[name] = value;
    }
    return headers;
  }

  private body({ requestBody }: OpenApiOperation, random: Random): Buffer | null {
    if (!requestBody) return random.once(10) ? random.pick(oddBodies) : null;
    if (random.once(15)) return random.once(2) ? null : random.pick(oddBodies);
    const [[type, { schema }] = ['', { schema: {} }]] = Object.entries(requestBody.content);
    const one = (): string => {
      const value = this.value(schema, random, 0);
      if (random.once(2)) disturb(value, random);
      return JSON.stringify(unhurried(value));
    };
    const text = type === 'application/x-ndjson' ? `${one()}\n${one()}\n` : one();
    return Buffer.from(random.once(30) ? text.slice(0, random.below(text.length + 1)) : text);
  }

  /** A value that a schema lets through, as far as a schema says it all. */
  private value(schema: JsonObject, random: Random, depth: number): Json {
    const to = schema['$ref'];
    if (typeof to === 'string') return this.value(this.api.components.schemas[to.slice(21)] ?? {}, random, depth);
    const ways = (schema['anyOf'] ?? schema['oneOf']) as JsonObject[] | undefined;
    if (ways) return this.value(random.pick(ways), random, depth);
    if (schema['const'] !== undefined) return schema['const'];
    if (Array.isArray(schema['enum'])) return random.pick(schema['enum']);
    switch (typeof schema['type'] === 'string' ? schema['type'] : 'any') {
      case 'object':
        return this.object(schema, random, depth);
      case 'array':
        return Array.from({ length: depth > 5 ? 0 : random.below(4) }, () =>
          this.value((schema['items'] ?? {}) as JsonObject, random, depth + 1),
        );
      case 'string':
        return this.text(schema, random);
      case 'integer':
      case 'number':
        return number(schema, random);
      case 'boolean':
        return random.once(2);
      case 'null':
        return null;
      default:
        return random.pick(oddValues);
    }
  }

  private object(schema: JsonObject, random: Random, depth: number): JsonObject {
    const required = (schema['required'] ?? []) as string[];
    const fields = Object.entries((schema['properties'] ?? {}) as Record<string, JsonObject>);
    const given = fields.filter(([name]) => required.includes(name) || (depth < 5 && random.once(3)));
    return Object.fromEntries(given.map(([name, each]) => [name, this.value(each, random, depth + 1)]));
  }

  private text(schema: JsonObject, random: Random): string {
    const pattern = typeof schema['pattern'] === 'string' ? schema['pattern'] : '';
    const hex = /\[0-9a-f\]\{(\d+)\}/.exec(pattern)?.[1];
    if (hex !== undefined) return Array.from({ length: Number(hex) }, () => random.below(16).toString(16)).join('');
    const { workflows, jobs, others } = this.known;
    return random.pick([
      ...workflows,
      ...jobs,
      ...others,
      'isr',
      '1',
      'rubin/dm',
      '00000000-0000-4000-8000-000000000001',
    ]);
  }
}

/** A number within its bounds, at one of them as often as not. */
function number(schema: JsonObject, random: Random): number {
  const low = Number(schema['minimum'] ?? schema['exclusiveMinimum'] ?? 0);
  const high = Number(schema['maximum'] ?? low + 100);
  return random.pick([
    low,
    high,
    Math.min(high, low + 1),
    low + random.below(Math.max(1, Math.min(high - low, 1_000))),
  ]);
}

/** No call waits for work that will not come. */
function unhurried(value: Json): Json {
  return isObject(value) && typeof value['waitSec'] === 'number' ? { ...value, waitSec: 0 } : value;
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Changes one thing somewhere in a value, in place. */
function disturb(value: Json, random: Random): void {
  let at = value;
  for (let depth = 0; depth < 6; depth += 1) {
    if (typeof at !== 'object' || at === null) return;
    const holder = at as JsonObject;
    const keys = Object.keys(holder);
    const key = keys.length === 0 ? 'new' : random.pick(keys);
    const below = holder[key];
    if (typeof below === 'object' && below !== null && !random.once(3)) {
      at = below;
      continue;
    }
    if (random.once(4)) delete holder[key];
    else if (random.once(5)) holder[random.pick(['new', '__proto__', 'constructor', 'x'.repeat(300)])] = 1;
    else holder[key] = random.pick(oddValues);
    return;
  }
}

/** As a client encodes it; a lone surrogate, which no UTF-8 can say, as its three bytes. */
const encoded = (text: string): string => (text === '\ud800' ? '%ED%A0%80' : encodeURIComponent(text));
