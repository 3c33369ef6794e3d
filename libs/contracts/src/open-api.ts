import { z } from 'zod';
import { idempotencyKeyShape } from './keyed-order.js';
import { LimitKind } from './limit.js';
import { publishedSchemas } from './published-schemas.js';
import { type Route, routes } from './routes.js';

/** What stands in an OpenAPI document or a JSON Schema: plain JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = Record<string, Json>;

/** An OpenAPI 3.1 document, as far as we write one. */
export interface OpenApi {
  openapi: string;
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } };
  servers: { url: string }[];
  paths: Record<string, Record<string, OpenApiOperation>>;
  components: { securitySchemes: JsonObject; schemas: Record<string, JsonObject> };
}
export interface OpenApiParameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  example?: string;
  schema: JsonObject;
}
export type OpenApiContent = Record<string, { schema: JsonObject }>;
export interface OpenApiAnswer {
  description: string;
  content?: OpenApiContent;
}
export interface OpenApiOperation {
  operationId: string;
  summary: string;
  tags: string[];
  security: Record<string, never[]>[];
  parameters: OpenApiParameter[];
  requestBody?: { description?: string; required: boolean; content: OpenApiContent };
  responses: Record<string, OpenApiAnswer>;
}

/** Of the interface, not of the program: `/api/v1` keeps its promises while its first number stays. */
const version = '1.0.0';
const description = [
  'Every answer of 400 and more is a problem (RFC 9457) with a stable code. Every answer carries X-Request-Id: the one that',
  'was sent, or a new one. GET answers carry an ETag: send it back as If-None-Match, and what is as it was is a 304.',
  'Lists come in pages: ask again with `next` as `cursor` until it is null. Nothing here is ever removed or narrowed in v1.',
].join(' ');

/** The whole HTTP interface as an OpenAPI document, made from the contracts. */
export function openApi(): OpenApi {
  const paths: OpenApi['paths'] = {};
  for (const route of routes) {
    const path = route.path.replace(/:([a-z]\w*)/gi, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  const schemas = namedFrom(
    paths,
    jsonSchemas((id) => `#/components/schemas/${id}`),
  );
  return {
    openapi: '3.1.0',
    info: { title: 'Sluice', version, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: {
        stack: { type: 'http', scheme: 'bearer', description: 'A token of the stack, of an issuer, or handed out' },
        session: { type: 'http', scheme: 'bearer', description: 'The token that a session got when it registered' },
      },
      schemas: Object.fromEntries(
        schemas.map(([name, schema]) => [name, withoutDefaults(without(schema, '$schema', '$id'))]),
      ),
    },
  };
}

/** What is taken for a field that is left out is said in words: makers of clients take a default for a field that is there. */
function withoutDefaults(schema: JsonObject): JsonObject {
  const inner = Object.entries(schema).map(([key, value]): [string, Json] => {
    const isFields = key === 'properties' && isObject(value);
    if (isFields) return [key, Object.fromEntries(Object.entries(value).map(([name, each]) => [name, said(each)]))];
    return [key, key === 'default' || key === 'const' || key === 'enum' ? value : said(value)];
  });
  const { default: given, description: told, ...rest } = Object.fromEntries(inner);
  const description = [told, given === undefined ? undefined : `when left out: ${JSON.stringify(given)}`];
  const text = description.filter((each) => typeof each === 'string').join('; ');
  return { ...(text !== '' && { description: text }), ...rest };
}

const said = (value: Json): Json =>
  Array.isArray(value) ? value.map(said) : isObject(value) ? withoutDefaults(value) : value;

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Those schemas that paths lead to, by way of others too; the rest are of files and messages. */
function namedFrom(paths: OpenApi['paths'], schemas: Record<string, JsonObject>): [string, JsonObject][] {
  const named = new Set<string>();
  const look = (at: unknown): void => {
    for (const [, name = ''] of JSON.stringify(at).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (named.has(name)) continue;
      named.add(name);
      look(schemas[name]);
    }
  };
  look(paths);
  return Object.entries(schemas).filter(([name]) => named.has(name));
}

/**
 * Every published schema as JSON Schema, by its name; requests as they are sent (defaults may be left out).
 * @param uri how one refers to another
 */
export function jsonSchemas(uri: (name: string) => string): Record<string, JsonObject> {
  const registry = z.registry<{ id: string }>();
  for (const [name, schema] of Object.entries(publishedSchemas)) registry.add(schema, { id: name });
  const { schemas } = z.toJSONSchema(registry, { uri, io: 'input', unrepresentable: 'any' });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, without(clean(schema as Json) as JsonObject, 'id')]),
  );
}

/** All that `\p{Cc}` means. */
const controlCharacters = '\\u0000-\\u001f\\u007f-\\u009f';

/**
 * zod writes the limits of safe integers into every z.int(); they say nothing. Classes of Unicode are for engines that know
 * them, and many languages' do not: a pattern that needs them is left out, and its description says what it asks for.
 */
function clean(value: Json): Json {
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  if (typeof value['pattern'] === 'string') {
    const pattern = value['pattern'].replaceAll('\\p{Cc}', controlCharacters);
    if (pattern !== value['pattern']) return clean({ ...value, pattern });
    if (/\\p\{/i.test(pattern)) return clean(without(value, 'pattern'));
  }
  const isNoise = ([key, limit]: [string, Json]): boolean =>
    (key === 'minimum' && limit === Number.MIN_SAFE_INTEGER) ||
    (key === 'maximum' && limit === Number.MAX_SAFE_INTEGER);
  const kept = Object.entries(value).filter((entry) => !isNoise(entry));
  return Object.fromEntries(kept.map(([key, inner]) => [key, clean(inner)]));
}

const without = (schema: JsonObject, ...keys: string[]): JsonObject =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => !keys.includes(key)));

const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
const problem: OpenApiAnswer = {
  description: 'A problem (RFC 9457)',
  content: { 'application/problem+json': { schema: ref('Problem') } },
};

function operationOf(route: Route): OpenApiOperation {
  const { body } = route;
  const type = body?.lines ? 'application/x-ndjson' : 'application/json';
  const bytes = {
    required: true,
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  };
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [tagOf(route)],
    security: route.token === 'none' ? [] : [{ [route.token]: [] }],
    parameters: parametersOf(route),
    ...(body && {
      requestBody: {
        ...(body.lines && { description: 'JSON in lines, each of them as the schema says' }),
        required: !body.optional,
        content: { [type]: { schema: ref(body.schema) } },
      },
    }),
    ...(route.file === 'body' && { requestBody: bytes }),
    responses: answersOf(route),
  };
}

/** `postWorkflowsCancel`: what a made client calls its method. */
const operationId = ({ method, path }: Route): string =>
  [method.toLowerCase(), ...stepsOf(path).flatMap((step) => step.replace(':', 'by-').split(/[-.]/))]
    .map((word, at) => (at === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');

/** The room that a route belongs to, as the page of the interface groups them. */
function tagOf({ path }: Route): string {
  if (path.startsWith('/worker/')) return 'worker protocol';
  const [first = '', , third] = stepsOf(path);
  if (first === 'workflows') return third === 'jobs' ? 'jobs' : 'workflows';
  if (first === 'spaces' && third === 'files') return 'files';
  return path.startsWith('/api/') ? first : 'service';
}

const stepsOf = (path: string): string[] => path.split('/').filter((step) => !['', 'api', 'v1'].includes(step));

/** What headers look like, as far as that can be said. */
const inHeaders: Readonly<Record<string, { pattern: string }>> = {
  'Idempotency-Key': { pattern: idempotencyKeyShape.source },
  'Sluice-Owner': { pattern: '^[!-~](?:[ -~]{0,198}[!-~])?$' },
};

const aName: JsonObject = { type: 'string', minLength: 1 };
/** What stands in addresses, by the name of its place. */
const inAddress: Readonly<
  Record<string, { description: string; example?: string; pattern?: string; enum?: string[]; maxLength?: number }>
> = {
  selector: {
    description: 'A workflow: its id, the beginning of its id, `last`, `last~N`, its name, or a glob',
    example: 'last',
  },
  id: { description: 'The id that it was given when it was made' },
  no: { description: 'Number of the chunk, from 0', example: '0' },
  job: {
    description: 'A job of the workflow: its number in the document from 0, its name, or label/name',
    example: '0',
  },
  name: { description: 'Its name', maxLength: 4_000 },
  kind: { description: 'What is limited', enum: [...LimitKind.options] },
  session: { description: 'Session of a worker', pattern: '^\\d{1,18}$' },
  space: { description: 'Name of a space', example: 'default', maxLength: 4_000 },
  sha256: { description: 'SHA-256 of the file, in hexadecimal digits', pattern: '^[0-9a-f]{64}$' },
};

function parametersOf(route: Route): OpenApiParameter[] {
  const inPath = [...route.path.matchAll(/:([a-z]\w*)/gi)].map(([, name = '']): OpenApiParameter => {
    const { description, example, ...schema } = inAddress[name] ?? {};
    return {
      name,
      in: 'path',
      required: true,
      ...(description && { description }),
      ...(example && { example }),
      schema: { ...aName, ...schema },
    };
  });
  const query = route.query
    ? (clean(z.toJSONSchema(route.query, { io: 'input', unrepresentable: 'any' }) as Json) as JsonObject)
    : {};
  const required = (query['required'] ?? []) as string[];
  const properties = (query['properties'] ?? {}) as Record<string, JsonObject>;
  const inQuery = Object.entries(properties).map(([name, schema]): OpenApiParameter => {
    return { name, in: 'query', required: required.includes(name), schema };
  });
  const inHeader = Object.entries(route.headers ?? {}).map(([name, said]): OpenApiParameter => {
    return { name, in: 'header', required: false, description: said, schema: { type: 'string', ...inHeaders[name] } };
  });
  return [...inPath, ...inQuery, ...inHeader];
}

function answersOf(route: Route): Record<string, OpenApiAnswer> {
  const { status, schema, lines, type } = route.answer;
  const whole = schema === null ? { type: 'object' } : ref(schema);
  const content: OpenApiContent = {
    ...(type && { [type]: { schema: { type: type === 'application/json' ? 'object' : 'string' } } }),
    ...(schema !== null || (status !== 204 && !lines && !type) ? { 'application/json': { schema: whole } } : {}),
    ...(lines && { 'application/x-ndjson': { schema: ref(lines) } }),
  };
  const done = { description: 'Done', ...(Object.keys(content).length > 0 && { content }) };
  const common = [400, ...(route.token === 'none' ? [] : [401, 403]), ...(route.path.includes(':') ? [404] : [])];
  const refused = [...new Set([...common, ...route.refuses])].map((each): [string, OpenApiAnswer] => [
    String(each),
    problem,
  ]);
  return { [status]: done, ...Object.fromEntries(refused), default: problem };
}
