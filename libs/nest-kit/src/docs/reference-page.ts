/** The OpenAPI document as one page of HTML: no script, every word from the document escaped, links to every schema. */
import type { Json, JsonObject, OpenApi, OpenApiContent, OpenApiOperation } from '#contracts';

interface Named {
  method: string;
  path: string;
  operation: OpenApiOperation;
}

/** @returns the whole page; its style is at /docs/style.css */
export function referencePage(api: OpenApi): string {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Named => ({ method, path, operation })),
  );
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags))];
  const rooms = tags.map((tag) =>
    room(
      tag,
      operations.filter(({ operation }) => operation.tags.includes(tag)),
    ),
  );
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${text(api.info.title)} API</title><link rel="stylesheet" href="/docs/style.css"></head><body><main>`,
    `<h1>${text(api.info.title)} API <small>${text(api.info.version)}</small></h1>`,
    `<p>${text(api.info.description)}</p>`,
    `<p><a href="/openapi.json">openapi.json</a>: the same for programs. ${securityText(api)}</p>`,
    `<nav aria-label="Rooms"><ul>${[...tags, 'schemas'].map((tag) => `<li>${link(tag, tag)}</li>`).join('')}</ul></nav>`,
    ...rooms,
    `<section id="schemas"><h2>schemas</h2>${Object.entries(api.components.schemas).map(schemaEntry).join('')}</section>`,
    '</main></body></html>',
  ].join('\n');
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const text = (words: string): string => words.replace(/[&<>"']/g, (sign) => escapes[sign] ?? sign);
const anchor = (name: string): string => name.replace(/[^\w-]+/g, '-');
const link = (to: string, words: string): string => `<a href="#${anchor(to)}">${text(words)}</a>`;

const securityText = ({ components }: OpenApi): string =>
  Object.entries(components.securitySchemes)
    .map(([name, scheme]) => `<b>${text(name)}</b>: ${text(said(scheme))}.`)
    .join(' ');

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const said = (value: Json | undefined): string =>
  isObject(value) && typeof value['description'] === 'string' ? value['description'] : '';

const room = (tag: string, operations: readonly Named[]): string =>
  `<section id="${anchor(tag)}"><h2>${text(tag)}</h2>${operations.map(entry).join('')}</section>`;

function entry({ method, path, operation }: Named): string {
  const { operationId, summary, security, parameters, requestBody, responses } = operation;
  const token = security.flatMap((each) => Object.keys(each)).join(', ');
  const rows = parameters.map(({ name, in: place, required, description, schema }) => [
    `<code>${text(name)}</code>`,
    text(place),
    required ? 'yes' : '',
    [typeText(schema), description === undefined ? '' : text(description)].filter((words) => words !== '').join('<br>'),
  ]);
  const answers = Object.entries(responses).map(([status, { description, content }]) => [
    text(status === 'default' ? 'other' : status),
    content ? contentText(content) : text(description),
  ]);
  return [
    `<details id="${anchor(operationId)}"><summary><span class="method">${text(method.toUpperCase())}</span> `,
    `<span class="path">${text(path)}</span><span class="what">${text(summary)}</span></summary><div>`,
    `<p>${token === '' ? 'Asks for no token.' : `Asks for the token <b>${text(token)}</b>.`}</p>`,
    rows.length > 0 ? `<h3>Parameters</h3>${tableOf(['name', 'in', 'required', 'what'], rows)}` : '',
    requestBody
      ? `<h3>Body${requestBody.required ? '' : ' (may be left out)'}</h3><p>${contentText(requestBody.content)}</p>`
      : '',
    `<h3>Answers</h3>${tableOf(['status', 'what'], answers)}</div></details>`,
  ].join('');
}

const contentText = (content: OpenApiContent): string =>
  Object.entries(content)
    .map(([type, { schema }]) => `<code>${text(type)}</code>: ${typeText(schema)}`)
    .join('<br>');

function schemaEntry([name, schema]: [string, JsonObject]): string {
  const fields = isObject(schema['properties']) ? Object.entries(schema['properties']) : [];
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const rows = fields.map(([field, type]) => [
    `<code>${text(field)}</code>`,
    required.includes(field) ? 'yes' : '',
    typeText(type),
  ]);
  const what = rows.length > 0 ? tableOf(['field', 'required', 'what'], rows) : `<p>${typeText(schema)}</p>`;
  return `<details id="${anchor(`schema-${name}`)}"><summary><code>${text(name)}</code></summary><div>${what}</div></details>`;
}

const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<div class="wide"><table><thead><tr>${head.map((title) => `<th scope="col">${title}</th>`).join('')}</tr></thead>` +
  `<tbody>${rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('')}</tbody></table></div>`;

/** A schema in a few words; what it refers to is a link. */
function typeText(schema: Json | undefined): string {
  if (!isObject(schema)) return 'anything';
  const { $ref: to, enum: words, const: only, anyOf, oneOf, allOf, items, type } = schema;
  if (typeof to === 'string') {
    const name = to.slice(to.lastIndexOf('/') + 1);
    return link(`schema-${name}`, name);
  }
  if (Array.isArray(words)) return words.map((word) => `<code>${text(JSON.stringify(word))}</code>`).join(' | ');
  if (only !== undefined) return `<code>${text(JSON.stringify(only))}</code>`;
  for (const [list, between] of [
    [anyOf, ' | '],
    [oneOf, ' | '],
    [allOf, ' and '],
  ] as const)
    // prettier-ignore
    if (Array.isArray(list)) return list.map(typeText).join(between);
  if (type === 'array') return `list of ${typeText(items)}${boundsText(schema)}`;
  if (type === 'object' && isObject(schema['properties'])) return objectText(schema);
  return `${typeof type === 'string' ? text(type) : 'anything'}${boundsText(schema)}`;
}

function objectText(schema: JsonObject): string {
  const fields = Object.entries(schema['properties'] as JsonObject);
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const each = fields.map(([field, type]) => {
    return `<code>${text(field)}</code>${required.includes(field) ? '' : '?'}: ${typeText(type)}`;
  });
  return `{ ${each.join(', ')} }`;
}

const bounds: Readonly<Record<string, string>> = {
  minimum: 'from',
  exclusiveMinimum: 'above',
  maximum: 'to',
  minLength: 'characters from',
  maxLength: 'characters to',
  minItems: 'items from',
  maxItems: 'items to',
  pattern: 'like',
  default: 'default',
};

function boundsText(schema: JsonObject): string {
  const given = Object.entries(bounds).filter(([key]) => schema[key] !== undefined);
  const words = given.map(([key, word]) => `${word} <code>${text(JSON.stringify(schema[key]))}</code>`);
  return words.length === 0 ? '' : `, ${words.join(', ')}`;
}
