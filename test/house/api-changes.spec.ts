// Goal: what v1 promised stays. The baseline is what was promised; each kind of break is found in a mutant of it.
import { expect, test } from '@jest/globals';
import { type JsonObject, openApi, type OpenApi, type OpenApiOperation } from '#contracts';
import { brokenBy } from './api-changes.js';
import { textOf } from './repository.js';

const baseline = JSON.parse(textOf('docs/api/baseline/v1.json')) as OpenApi;

test('nothing that v1 promised is broken', () => {
  const told = brokenBy(baseline, openApi()).map(({ where, what, who }) => `${where}: ${what}; breaks ${who}`);
  expect(told).toEqual([]);
});

const copy = (): OpenApi => JSON.parse(JSON.stringify(baseline)) as OpenApi;
const schemaOf = (api: OpenApi, name: string): JsonObject => api.components.schemas[name] ?? {};
const fieldsOf = (api: OpenApi, name: string): Record<string, JsonObject> =>
  schemaOf(api, name)['properties'] as Record<string, JsonObject>;
const operationOf = (api: OpenApi, method: string, path: string): OpenApiOperation => {
  const found = api.paths[path]?.[method];
  if (!found) throw new Error(`no ${method} ${path}`);
  return found;
};
const require = (schema: JsonObject, field: string): void => {
  schema['required'] = [...((schema['required'] ?? []) as string[]), field];
};
const workflows = '/api/v1/workflows';

const mutants: [string, (api: OpenApi) => void, string, RegExp, string][] = [
  [
    'a route is gone',
    (api) => delete api.paths['/api/v1/sites']?.['get'],
    'GET /api/v1/sites',
    /route is gone/,
    'calls',
  ],
  [
    'a field of an answer is gone',
    (api) => delete fieldsOf(api, 'WorkflowSummary')['endedAt'],
    'GET /api/v1/workflows answer 200/workflows/*/endedAt',
    /field is gone/,
    'reads',
  ],
  [
    'a field of an answer may be left out',
    (api) => void (schemaOf(api, 'JobPage')['required'] = ['jobs']),
    'GET /api/v1/workflows/{}/jobs answer 200/next',
    /may be left out/,
    'reads',
  ],
  [
    'a field of an answer may be null',
    (api) => void (fieldsOf(api, 'WorkflowSummary')['name'] = { anyOf: [{ type: 'string' }, { type: 'null' }] }),
    'GET /api/v1/workflows answer 200/workflows/*/name',
    /may be null/,
    'reads',
  ],
  [
    'a field of an answer is of another type',
    (api) => void (fieldsOf(api, 'ChunkStored')['jobs'] = { type: 'string' }),
    'PUT /api/v1/workflows/{}/chunks/{} answer 200/jobs',
    /may be string/,
    'reads',
  ],
  [
    'a new field of a body is required',
    (api) => {
      fieldsOf(api, 'RetryRequest')['why'] = { type: 'string' };
      require(schemaOf(api, 'RetryRequest'), 'why');
    },
    'POST /api/v1/workflows/{}/retry body/why',
    /field is required/,
    'sends',
  ],
  [
    'an old field of a body is required',
    (api) => require(schemaOf(api, 'RetryRequest'), 'labels'),
    'POST /api/v1/workflows/{}/retry body/labels',
    /field is required/,
    'sends',
  ],
  [
    'a field of a body is gone',
    (api) => delete fieldsOf(api, 'LimitRequest')['capJobs'],
    'PUT /api/v1/limits/{}/{} body/capJobs',
    /field is gone/,
    'sends',
  ],
  [
    'a type of a body is narrower',
    (api) => void (fieldsOf(api, 'RetryRequest')['dryRun'] = { type: 'string' }),
    'POST /api/v1/workflows/{}/retry body/dryRun',
    /boolean is not taken/,
    'sends',
  ],
  [
    'a word of a body is not taken',
    (api) => {
      const reasons = fieldsOf(api, 'RetryRequest')['reasons'] as { items: { enum: string[] } };
      reasons.items.enum = reasons.items.enum.filter((word) => word !== 'memory');
    },
    'POST /api/v1/workflows/{}/retry body/reasons/*',
    /memory/,
    'sends',
  ],
  [
    'a bound of a body is tighter',
    (api) => void (fieldsOf(api, 'SealRequest')['chunkCount'] = { type: 'integer', minimum: 1 }),
    'POST /api/v1/workflows/{}/seal body/chunkCount',
    /minimum is higher/,
    'sends',
  ],
  [
    'a pattern of a body is new',
    (api) => void (fieldsOf(api, 'ShareRemove')['path'] = { type: 'string', pattern: '^a' }),
    'POST /api/v1/shares/remove body/path',
    /look otherwise/,
    'sends',
  ],
  [
    'a parameter is gone',
    (api) => {
      const list = operationOf(api, 'get', workflows);
      list.parameters = list.parameters.filter(({ name }) => name !== 'state');
    },
    'GET /api/v1/workflows query state',
    /not taken/,
    'sends',
  ],
  [
    'a parameter is required',
    (api) => operationOf(api, 'get', workflows).parameters.forEach((each) => (each.required = each.name === 'name')),
    'GET /api/v1/workflows query name',
    /required/,
    'sends',
  ],
  [
    'a body is required',
    (api) => {
      const { requestBody } = operationOf(api, 'post', `${workflows}/{selector}/cancel`);
      if (requestBody) requestBody.required = true;
    },
    'POST /api/v1/workflows/{}/cancel body',
    /required/,
    'sends',
  ],
  [
    'another status is answered',
    (api) => {
      const { responses } = operationOf(api, 'post', workflows);
      responses['200'] = responses['201'] ?? { description: '' };
      delete responses['201'];
    },
    'POST /api/v1/workflows answer 201',
    /not answered/,
    'reads',
  ],
  [
    'lines are not answered any more',
    (api) =>
      delete operationOf(api, 'get', `${workflows}/{selector}/jobs`).responses['200']?.content?.[
        'application/x-ndjson'
      ],
    'GET /api/v1/workflows/{}/jobs answer 200',
    /x-ndjson is gone/,
    'reads',
  ],
  [
    'another token is asked for',
    (api) => void (operationOf(api, 'get', '/health/live').security = [{ stack: [] }]),
    'GET /health/live',
    /token/,
    'calls',
  ],
];

test.each(mutants)('it is found that %s', (_, change, where, what, who) => {
  const mutant = copy();
  change(mutant);
  const found = brokenBy(baseline, mutant).filter((each) => each.where === where);
  expect(found.map((each) => each.what)).toEqual([expect.stringMatching(what)]);
  expect(found[0]?.who).toContain(who);
});

test('what only adds breaks nobody', () => {
  const grown = copy();
  grown.paths['/api/v1/new'] = { get: operationOf(grown, 'get', workflows) };
  fieldsOf(grown, 'WorkflowSummary')['more'] = { type: 'string' };
  require(schemaOf(grown, 'WorkflowSummary'), 'more');
  fieldsOf(grown, 'RetryRequest')['why'] = { type: 'string' };
  const cause = schemaOf(grown, 'WhyView')['properties'] as { cause: { enum: string[] } };
  cause.cause.enum.push('the moon');
  operationOf(grown, 'get', workflows).parameters.push({ name: 'q', in: 'query', required: false, schema: {} });
  expect(brokenBy(baseline, grown)).toEqual([]);
});
