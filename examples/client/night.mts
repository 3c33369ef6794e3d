/**
 * A night with Sluice by a client that is made from the interface's own document: a space, a file, a workflow in chunks, what
 * failed and why, a retry, a report, and a workflow that is submitted whole and cancelled.
 *
 *     npm install openapi-fetch && npm install --save-dev openapi-typescript typescript @types/node
 *     npx openapi-typescript "$SLUICE_URL/openapi.json" -o sluice-api.d.ts
 *     npx tsc --module nodenext --target es2023 --strict --types node night.mts
 *     SLUICE_URL=http://127.0.0.1:7070 SLUICE_TOKEN_FILE=... node night.mjs
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import createClient from 'openapi-fetch';
import type { components, paths } from './sluice-api.js';

type Schemas = components['schemas'];

const token = readFileSync(process.env['SLUICE_TOKEN_FILE'] ?? 'token', 'utf8').trim();
const sluice = createClient<paths>({
  baseUrl: process.env['SLUICE_URL'] ?? 'http://127.0.0.1:7070',
  headers: { authorization: `Bearer ${token}` },
});

/** Every refusal is a problem: what is wrong, and what helps. */
function certain<T>({ data, error }: { data?: T; error?: Schemas['Problem'] }): T {
  if (data !== undefined) return data;
  throw new Error(`${error?.code ?? 'no answer'}: ${error?.detail ?? ''} ${error?.remedy ?? ''}`);
}

/** The same key again is the same order: it may be sent again when its answer was lost. */
const once = (): { 'Idempotency-Key': string } => ({ 'Idempotency-Key': randomUUID() });
const sha256 = (bytes: string | Buffer): Buffer => createHash('sha256').update(bytes).digest();

/** Two jobs in a chunk, so that there are some; up to 8 MiB is better. */
const chunkJobs = 2;

async function submit(header: Schemas['DocumentHeader'], jobs: Schemas['DocumentJob'][]): Promise<string> {
  const { id } = certain(await sluice.POST('/api/v1/workflows', { params: { header: once() }, body: header }));
  const digests: Buffer[] = [];
  let edgeCount = 0;
  for (let firstOrdinal = 0; firstOrdinal < jobs.length; firstOrdinal += chunkJobs) {
    const part = jobs.slice(firstOrdinal, firstOrdinal + chunkJobs);
    const lines = part.map((job) => `${JSON.stringify(job)}\n`).join('');
    const stored = certain(
      await sluice.PUT('/api/v1/workflows/{id}/chunks/{no}', {
        params: { path: { id, no: String(digests.length) }, query: { firstOrdinal } },
        headers: { 'content-type': 'application/x-ndjson' },
        body: part[0]!, // the document describes one line; these are several
        bodySerializer: () => lines,
      }),
    );
    edgeCount += stored.edges;
    digests.push(sha256(lines));
  }
  const hash = sha256(Buffer.concat(digests)).toString('hex');
  const seal = { chunkCount: digests.length, jobCount: jobs.length, edgeCount, hash };
  const params = { path: { id }, header: once() };
  await untilSealed(certain(await sluice.POST('/api/v1/workflows/{id}/seal', { params, body: seal })));
  return id;
}

/** A large workflow is not sealed at once; one that is refused, for a circle say, tells here why. */
async function untilSealed(upload: Schemas['UploadView']): Promise<void> {
  const params = { path: { id: upload.id } };
  while (upload.state === 'sealing') {
    await sleep(200);
    upload = certain(await sluice.GET('/api/v1/workflows/{id}/upload', { params }));
  }
  if (upload.state !== 'sealed')
    throw new Error(`${upload.id} is refused: ${upload.refusal?.errors[0]?.message ?? ''}`);
}

async function untilEnded(selector: string): Promise<Schemas['WorkflowView']> {
  for (;;) {
    const view = certain(await sluice.GET('/api/v1/workflows/{selector}', { params: { path: { selector } } }));
    const { state, counts } = view.workflow;
    console.log(`${state}: ${counts.finished} finished, ${counts.failed} failed of ${counts.total}`);
    if (state !== 'running' && state !== 'paused') return view;
    await sleep(200);
  }
}

/** All jobs in a state, page by page. */
async function jobsThatAre(selector: string, state: Schemas['JobView']['state']): Promise<string[]> {
  const names: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query = { query: `state:${state}`, limit: 2, ...(cursor && { cursor }) };
    const params = { path: { selector }, query };
    const page = certain(await sluice.GET('/api/v1/workflows/{selector}/jobs', { params }));
    if (!('jobs' in page)) throw new Error('lines were answered, though nobody asked for them');
    names.push(...page.jobs.map(({ name }) => name));
    cursor = page.next;
  }
  return names;
}

const space = 'night';
certain(await sluice.PUT('/api/v1/spaces/{space}', { params: { path: { space } }, body: {} }));
const { spaces } = certain(await sluice.GET('/api/v1/spaces', {}));
console.log(`spaces: ${spaces.map(({ name }) => name).includes(space) ? 'night is one' : 'night is none'}`);

const sky = Buffer.from('dark and clear');
const file = { space, sha256: sha256(sky).toString('hex') };
const kept = certain(
  await sluice.PUT('/api/v1/spaces/{space}/files/{sha256}', {
    params: { path: file },
    headers: { 'content-type': 'text/plain' },
    body: '', // the bytes
    bodySerializer: () => new Uint8Array(sky),
  }),
);
const read = await sluice.GET('/api/v1/spaces/{space}/files/{sha256}', {
  params: { path: file },
  headers: { range: 'bytes=9-' },
  parseAs: 'text',
});
console.log(`a file of ${kept.bytes} bytes, in the end ${read.data}`);

const templates = { work: { transform: 'noop' } };
const id = await submit({ apiVersion: 'sluice/v1', name: 'night', space, templates }, [
  { name: 'fetch' },
  { name: 'left', after: ['fetch'] },
  { name: 'right', after: ['fetch'] },
  { name: 'join', after: ['left', 'right'] },
]);
const selector = { path: { selector: id } };
await untilEnded(id);
console.log(`failed: ${(await jobsThatAre(id, 'failed')).join(' ')}`);
const { groups } = certain(await sluice.GET('/api/v1/workflows/{selector}/errors', { params: selector }));
for (const { name, jobs, message } of groups) console.log(`${name}: ${jobs} failed with ${message}`);
const job = { path: { selector: id, job: 'join' } };
const why = certain(await sluice.GET('/api/v1/workflows/{selector}/jobs/{job}/why', { params: job }));
console.log(`join: ${why.cause}`);

if (groups.length > 0) {
  const rehearsal = { params: { ...selector, header: once() }, body: { dryRun: true } };
  const preview = certain(await sluice.POST('/api/v1/workflows/{selector}/retry', rehearsal));
  console.log(`would run again: ${preview.retried} and ${preview.unpruned} after them`);
  const order = { params: { ...selector, header: once() }, body: {} };
  certain(await sluice.POST('/api/v1/workflows/{selector}/retry', order));
}
const { workflow, tasks } = await untilEnded(id);
console.log(`${workflow.state} in run ${workflow.runNo}: ${(await jobsThatAre(id, 'finished')).join(' ')}`);
for (const { label, counts } of tasks) console.log(`${label}: ${counts.finished} of ${counts.total}`);

const nobodys = { work: { transform: 'dawn' } }; // no worker runs it
const dawn: Schemas['WholeDocument'] = {
  ...{ apiVersion: 'sluice/v1', name: 'dawn', space, templates: nobodys },
  jobs: [{ name: 'late' }],
};
const whole = { params: { header: once() }, body: dawn };
const upload = certain(await sluice.POST('/api/v1/workflows/submit', whole)); // a small one goes in one request
await untilSealed(upload);
const late = upload.id;
const cancel = { params: { path: { selector: late }, header: once() } };
certain(await sluice.POST('/api/v1/workflows/{selector}/cancel', cancel));
await untilEnded(late);
const refused = await sluice.GET('/api/v1/workflows/{selector}', { params: { path: { selector: 'no-such' } } });
console.log(`no-such: ${refused.error?.code}`);
certain(await sluice.DELETE('/api/v1/spaces/{space}/files/{sha256}', { params: { path: file } }));
