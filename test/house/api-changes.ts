/**
 * What a new OpenAPI document breaks for clients of an older one, and for whom. Two directions: what clients send may only
 * be taken more widely, what they read may only be told more narrowly or with more beside it. A word added to a list of
 * words that are answered breaks nobody: clients are told to expect more of them.
 */
import type { Json, JsonObject, OpenApi, OpenApiContent, OpenApiOperation } from '#contracts';

export interface Broken {
  /** `GET /api/v1/workflows`, and where in it. */
  where: string;
  what: string;
  /** Whose program fails. */
  who: string;
}

const senders = 'who sends it';
const readers = 'who reads it';
const everybody = 'everybody who calls it';

/** @returns what breaks, in the order of the older document; empty: nothing */
export function brokenBy(before: OpenApi, after: OpenApi): Broken[] {
  return operationsOf(before).flatMap(([name, old]) => {
    const now = new Map(operationsOf(after)).get(name);
    if (!now) return [{ where: name, what: 'the route is gone', who: everybody }];
    return new Comparison(before, after, name).operation(old, now);
  });
}

const operationsOf = ({ paths }: OpenApi): [string, OpenApiOperation][] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, OpenApiOperation] => [
      `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, '{}')}`,
      operation,
    ]),
  );

type Side = 'sent' | 'read';
const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
const fieldsOf = (schema: JsonObject): JsonObject => (isObject(schema['properties']) ? schema['properties'] : {});

class Comparison {
  /** Pairs of names under way or done: schemas may refer to themselves. */
  private readonly seen = new Set<string>();
  private readonly found: Broken[] = [];

  constructor(
    private readonly before: OpenApi,
    private readonly after: OpenApi,
    private readonly name: string,
  ) {}

  operation(old: OpenApiOperation, now: OpenApiOperation): Broken[] {
    const tokens = (operation: OpenApiOperation): string => JSON.stringify(operation.security);
    if (tokens(old) !== tokens(now) && tokens(now) !== '[]') this.breaks('', 'it asks for another token', everybody);
    this.parameters(old, now);
    this.body(old, now);
    for (const [status, answer] of Object.entries(old.responses)) {
      const answered = now.responses[status];
      const isDone = Number(status) < 400;
      if (!answered && isDone) this.breaks(` answer ${status}`, 'it is not answered any more', readers);
      if (answered) this.contents(` answer ${status}`, answer.content, answered.content, 'read');
    }
    return this.found;
  }

  private parameters(old: OpenApiOperation, now: OpenApiOperation): void {
    const keyOf = ({ in: place, name }: OpenApiOperation['parameters'][number]): string =>
      place === 'path' ? 'path' : `${place} ${name}`;
    for (const parameter of old.parameters.filter((each) => each.in !== 'path')) {
      const kept = now.parameters.find((each) => keyOf(each) === keyOf(parameter));
      if (!kept) this.breaks(` ${keyOf(parameter)}`, 'the parameter is not taken any more', senders);
      else this.schema(` ${keyOf(parameter)}`, parameter.schema, kept.schema, 'sent');
    }
    for (const parameter of now.parameters.filter((each) => each.required && each.in !== 'path')) {
      const was = old.parameters.find((each) => keyOf(each) === keyOf(parameter));
      if (was?.required !== true) this.breaks(` ${keyOf(parameter)}`, 'the parameter is required now', senders);
    }
  }

  private body(old: OpenApiOperation, now: OpenApiOperation): void {
    if (now.requestBody?.required && old.requestBody?.required !== true) {
      this.breaks(' body', 'a body is required now', senders);
    }
    if (old.requestBody && !now.requestBody) this.breaks(' body', 'no body is taken any more', senders);
    this.contents(' body', old.requestBody?.content, now.requestBody?.content, 'sent');
  }

  private contents(where: string, old: OpenApiContent = {}, now: OpenApiContent | undefined, side: Side): void {
    for (const [type, { schema }] of Object.entries(old)) {
      const kept = now?.[type];
      if (!kept) this.breaks(where, `${type} is gone`, side === 'sent' ? senders : readers);
      else this.schema(where, schema, kept.schema, side);
    }
  }

  private schema(where: string, oldAt: JsonObject, nowAt: JsonObject, side: Side): void {
    const pair = JSON.stringify([side, oldAt['$ref'], nowAt['$ref']]);
    if (oldAt['$ref'] !== undefined && this.seen.has(pair)) return;
    this.seen.add(pair);
    const old = resolved(this.before, oldAt);
    const now = resolved(this.after, nowAt);
    if (JSON.stringify(old) === JSON.stringify(now) && oldAt['$ref'] === undefined && !hasRef(old)) return;
    this.kinds(where, old, now, side);
    this.words(where, old, now, side);
    this.bounds(where, old, now, side);
    this.fields(where, old, now, side);
    if (isObject(old['items']) && isObject(now['items'])) this.schema(`${where}/*`, old['items'], now['items'], side);
    const others = (schema: JsonObject): Json | undefined => schema['additionalProperties'];
    const [oldOthers, nowOthers] = [others(old), others(now)];
    if (isObject(oldOthers) && isObject(nowOthers)) this.schema(`${where}/*`, oldOthers, nowOthers, side);
    if (side === 'sent' && nowOthers === false && oldOthers !== false && isOpen(old)) {
      this.breaks(where, 'unknown fields are refused now', senders);
    }
  }

  /** Alternatives are compared by place while there are as many, else by how many kinds of value they let through. */
  private kinds(where: string, old: JsonObject, now: JsonObject, side: Side): void {
    const [ways, nowWays] = [waysOf(old), waysOf(now)];
    if (ways.length > 1 && ways.length === nowWays.length) {
      ways.forEach((way, at) => this.schema(`${where}|${at}`, way, nowWays[at] ?? {}, side));
      return;
    }
    const kindsOf = (api: OpenApi, schema: JsonObject): Set<string> =>
      new Set(waysOf(schema).flatMap((way) => kindsOfOne(resolved(api, way))));
    const [before, after] = [kindsOf(this.before, old), kindsOf(this.after, now)];
    const [needed, given] = side === 'sent' ? [before, after] : [after, before];
    const lost = given.has('anything') ? [] : [...needed].filter((kind) => !given.has(kind));
    const fits = lost.filter((kind) => !(kind === 'integer' && given.has('number')));
    if (fits.length === 0) return;
    const what = side === 'sent' ? `${fits.join(', ')} is not taken any more` : `it may be ${fits.join(', ')} now`;
    this.breaks(where, what, side === 'sent' ? senders : readers);
  }

  private words(where: string, old: JsonObject, now: JsonObject, side: Side): void {
    if (side === 'read') return;
    const wordsOf = (schema: JsonObject): Json[] | null =>
      Array.isArray(schema['enum']) ? schema['enum'] : schema['const'] === undefined ? null : [schema['const']];
    const [before, after] = [wordsOf(old), wordsOf(now)];
    if (after === null) return;
    const lost = before === null ? ['other words'] : before.filter((word) => !after.includes(word));
    if (lost.length > 0) this.breaks(where, `not taken any more: ${lost.map(String).join(', ')}`, senders);
  }

  private bounds(where: string, old: JsonObject, now: JsonObject, side: Side): void {
    if (side === 'read') return;
    for (const key of ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'] as const) {
      if (Number(now[key] ?? -Infinity) > Number(old[key] ?? -Infinity))
        this.breaks(where, `${key} is higher`, senders);
    }
    for (const key of ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'] as const) {
      if (Number(now[key] ?? Infinity) < Number(old[key] ?? Infinity)) this.breaks(where, `${key} is lower`, senders);
    }
    if (now['pattern'] !== undefined && now['pattern'] !== old['pattern']) {
      this.breaks(where, 'it must look otherwise', senders);
    }
  }

  private fields(where: string, old: JsonObject, now: JsonObject, side: Side): void {
    const [oldFields, nowFields] = [fieldsOf(old), fieldsOf(now)];
    const [oldRequired, nowRequired] = [listOf(old['required']), listOf(now['required'])];
    for (const [field, schema] of Object.entries(oldFields)) {
      const kept = nowFields[field];
      const at = `${where}/${field}`;
      if (!isObject(kept)) this.breaks(at, 'the field is gone', side === 'sent' ? senders : readers);
      else if (isObject(schema)) this.schema(at, schema, kept, side);
      if (side === 'read' && kept !== undefined && oldRequired.includes(field) && !nowRequired.includes(field)) {
        this.breaks(at, 'the field may be left out now', readers);
      }
    }
    if (side === 'read') return;
    for (const field of nowRequired.filter((each) => !oldRequired.includes(each)).map(String)) {
      this.breaks(`${where}/${field}`, 'the field is required now', senders);
    }
  }

  private breaks(where: string, what: string, who: string): void {
    this.found.push({ where: this.name + where, what, who });
  }
}

function resolved(api: OpenApi, schema: JsonObject): JsonObject {
  const to = schema['$ref'];
  if (typeof to !== 'string') return schema;
  const found = api.components.schemas[to.slice(to.lastIndexOf('/') + 1)];
  if (!found) throw new Error(`${to} leads nowhere`);
  return resolved(api, found);
}

const hasRef = (schema: JsonObject): boolean => JSON.stringify(schema).includes('"$ref"');
const isOpen = (schema: JsonObject): boolean => isObject(schema['properties']);

function waysOf(schema: JsonObject): JsonObject[] {
  const ways = listOf(schema['anyOf'] ?? schema['oneOf']).filter(isObject);
  return ways.length > 0 ? ways : [schema];
}

/** The kinds of value that a schema without alternatives lets through. */
function kindsOfOne(schema: JsonObject): string[] {
  const { type, const: only, enum: words } = schema;
  if (Array.isArray(type)) return type.map(String);
  if (typeof type === 'string') return [type];
  if (only !== undefined) return [only === null ? 'null' : typeof only];
  if (Array.isArray(words)) return [...new Set(words.map((word) => (word === null ? 'null' : typeof word)))];
  return ['anything'];
}
