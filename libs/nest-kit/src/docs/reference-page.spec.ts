import { expect, test } from '@jest/globals';
import { type OpenApi, openApi, routes } from '#contracts';
import { referencePage } from './reference-page.js';
import { referenceStyle } from './reference-style.js';

const page = referencePage(openApi());

test('every route is on the page, with its address, summary and schemas', () => {
  for (const { method, path, summary, body, answer } of routes) {
    expect(page).toContain(
      `<span class="method">${method}</span> <span class="path">${path.replace(/:(\w+)/g, '{$1}')}<`,
    );
    expect(page).toContain(summary.replaceAll("'", '&#39;').replaceAll('"', '&quot;'));
    for (const name of [body?.schema, answer.schema]) if (name) expect(page).toContain(`id="schema-${name}"`);
  }
});

test('every link on the page leads to a place on it, and no name is given twice', () => {
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, to]) => to);
  expect(links.length).toBeGreaterThan(100);
  expect(links.filter((to) => !ids.includes(to))).toEqual([]);
});

test('it asks no other host for anything and runs nothing', () => {
  const asked = [...page.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map(([, to]) => to);
  expect(asked).toEqual(['/docs/style.css', '/openapi.json']);
  expect(page).not.toMatch(/<script|style="| on\w+="/);
  expect(referenceStyle).not.toMatch(/url\(|@import/);
});

test('words of the document are text, whatever they hold', () => {
  const api = openApi();
  const [path] = Object.keys(api.paths);
  const hostile: OpenApi = {
    ...api,
    paths: {
      [`${path ?? ''}<b>`]: {
        get: {
          ...{ operationId: '"><script>', summary: '<img src=x onerror=alert(1)>', tags: ['a"b'], security: [] },
          ...{
            parameters: [{ name: "'<i>", in: 'query', required: false, schema: { const: '</td>' } }],
            responses: {},
          },
        },
      },
    },
  };
  expect(referencePage(hostile)).not.toMatch(/<script|<img|<b>[^a-z]|<i>|<\/td><\/code>/);
});
