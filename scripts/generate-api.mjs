// Turns the contracts (dist/libs/contracts) into docs/api: a JSON Schema for each published one, and openapi.json.
// `--check` writes nothing and exits 1 when a committed file is stale. Run it after the build.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { publishedSchemas, routes } from '#contracts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'docs', 'api');
const check = process.argv.includes('--check');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const kebab = (name) => name.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase();

/** All published schemas, referring to each other through `uri`; requests as they are sent (defaults may be left out). */
function schemasWith(uri) {
  const registry = z.registry();
  for (const [name, schema] of Object.entries(publishedSchemas)) registry.add(schema, { id: name });
  const { schemas } = z.toJSONSchema(registry, { uri, io: 'input', unrepresentable: 'any' });
  return schemas;
}

/** zod writes the limits of safe integers into every z.int(); they say nothing. */
function clean(value) {
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  const noise = ([key, limit]) =>
    (key === 'minimum' && limit === Number.MIN_SAFE_INTEGER) ||
    (key === 'maximum' && limit === Number.MAX_SAFE_INTEGER);
  return Object.fromEntries(
    Object.entries(value)
      .filter((entry) => !noise(entry))
      .map(([key, inner]) => [key, clean(inner)]),
  );
}

const without = (schema, ...keys) => Object.fromEntries(Object.entries(schema).filter(([key]) => !keys.includes(key)));
const ref = (name) => ({ $ref: `#/components/schemas/${name}` });
const json = (schema) => ({ 'application/json': { schema } });
const problem = {
  description: 'A problem (RFC 9457)',
  content: { 'application/problem+json': { schema: ref('Problem') } },
};

function parametersOf(route) {
  const inPath = [...route.path.matchAll(/:([a-z]+)/gi)].map(([, name]) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string' } },
  }));
  const query = route.query ? clean(z.toJSONSchema(route.query, { io: 'input', unrepresentable: 'any' })) : {};
  const inQuery = Object.entries(query.properties ?? {}).map(([name, schema]) => ({
    ...{ name, in: 'query', required: (query.required ?? []).includes(name), schema },
  }));
  const inHeader = Object.entries(route.headers ?? {}).map(([name, description]) => ({
    ...{ name, in: 'header', required: false, description, schema: { type: 'string' } },
  }));
  return [...inPath, ...inQuery, ...inHeader];
}

function answersOf(route) {
  const { status, schema, lines } = route.answer;
  const content = {
    ...(schema ? json(ref(schema)) : status === 204 || lines ? {} : json({ type: 'object' })),
    ...(lines ? { 'application/x-ndjson': { schema: ref(lines) } } : {}),
  };
  const done = { description: 'Done', ...(Object.keys(content).length > 0 ? { content } : {}) };
  return { [status]: done, ...Object.fromEntries(route.refuses.map((each) => [each, problem])), default: problem };
}

function operationOf(route) {
  const { body } = route;
  const type = body?.lines ? 'application/x-ndjson' : 'application/json';
  return {
    summary: route.summary,
    security: route.token === 'none' ? [] : [{ [route.token]: [] }],
    parameters: parametersOf(route),
    ...(body ? { requestBody: { required: !body.optional, content: { [type]: { schema: ref(body.schema) } } } } : {}),
    responses: answersOf(route),
  };
}

function openApi() {
  const paths = {};
  for (const route of routes) {
    const path = route.path.replace(/:([a-z]+)/gi, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  const schemas = schemasWith((id) => `#/components/schemas/${id}`);
  return {
    openapi: '3.1.0',
    info: { title: 'Sluice', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: 'http://127.0.0.1:7070' }],
    paths,
    components: {
      securitySchemes: {
        stack: { type: 'http', scheme: 'bearer', description: 'The token of the stack' },
        session: { type: 'http', scheme: 'bearer', description: 'The token that a session got when it registered' },
      },
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, schema]) => [name, clean(without(schema, '$schema', '$id', 'id'))]),
      ),
    },
  };
}

const outputs = { 'openapi.json': openApi() };
const schemas = schemasWith((id) => `${kebab(id)}.schema.json`);
for (const [name, schema] of Object.entries(schemas))
  outputs[`${kebab(name)}.schema.json`] = clean(without(schema, 'id'));

mkdirSync(target, { recursive: true });
const stale = [];
for (const [file, content] of Object.entries(outputs)) {
  const path = join(target, file);
  const text = `${JSON.stringify(content, null, 2)}\n`;
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  stale.push(file);
  if (!check) writeFileSync(path, text);
}
for (const file of readdirSync(target).filter((name) => name.endsWith('.json') && !(name in outputs))) {
  stale.push(file);
  if (!check) rmSync(join(target, file));
}
if (check && stale.length > 0) {
  console.error(`stale in docs/api: ${stale.join(', ')}; run npm run generate:api`);
  process.exit(1);
}
