/** Two spaces with people in each of them, behind a gateway that knows them by tokens of trial: t.<who>. */
import { writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { RegisterAnswer, UploadView } from '#contracts';
import type { Caller, Restriction, Role, TokenVerifier } from '#core';
import {
  ConfigModule,
  FrontAdapter,
  GatewayModule,
  NatsModule,
  readConfiguration,
  readHttpConfiguration,
  TOKEN_VERIFIERS,
} from '#nest-kit';
import { call, environment, folder, jsonOf, register, sha256, token, until } from './gateway-trial.js';

export const trialIssuer = 'https://iam.trial';

/** What only who sees the other space may read. */
export const canaries = ['canaryspace', 'canaryuser', 'canaryflow', 'canaryjob', 'canarylabel'] as const;
export const far = 'canaryspace';
export const here = 'here';

interface Person {
  groups?: string[];
  kind?: Caller['kind'];
  restricted?: Partial<Restriction>;
  /** Roles by space; '*' for every one. */
  grants?: Record<string, Role>;
  /** Whose token it is, if not that of one of its name. */
  subject?: string;
}

/** Everybody who calls, with what was granted to them. */
export const people = {
  stranger: {},
  farowner: { subject: 'canaryuser', grants: { [far]: 'submitter' } },
  faradmin: { grants: { [far]: 'administrator' } },
  reader: { grants: { [here]: 'reader' } },
  ingroup: { groups: ['/here/read'] },
  submitter: { grants: { [here]: 'submitter' } },
  owner: { grants: { [here]: 'submitter' } },
  operator: { grants: { [here]: 'operator' } },
  administrator: { grants: { [here]: 'administrator' } },
  readsAll: { grants: { '*': 'reader' } },
  operatesAll: { grants: { '*': 'operator' } },
  root: { grants: { '*': 'administrator' } },
  ownerReading: { subject: 'owner', restricted: { role: 'reader' } },
  rootInFar: { subject: 'root', restricted: { spaces: [far] } },
  site: { kind: 'site', restricted: { site: 'S' } },
  otherSite: { kind: 'site', restricted: { site: 'T' } },
} as const satisfies Record<string, Person>;
export type Who = keyof typeof people;

export const callerOf = (who: string): Caller | null => {
  const person = (people as Record<string, Person>)[who];
  if (!person) return null;
  const { subject = who, kind = 'user', groups = [], restricted } = person;
  return {
    ...{ issuer: trialIssuer, subject, name: `Name of ${subject}`, kind, groups },
    restricted: restricted ? { spaces: null, role: null, site: null, ...restricted } : null,
  };
};

const trialTokens: TokenVerifier = {
  verify: (text) => Promise.resolve(text.startsWith('t.') ? callerOf(text.slice(2)) : null),
};

export interface World {
  url: string;
  /** By space: a workflow with a job, one that was cancelled, an upload that is open. */
  flows: Record<string, { flow: string; ended: string; upload: string }>;
  worker: RegisterAnswer;
  close(): Promise<void>;
}

export function ask(
  world: Pick<World, 'url'>,
  who: Who | null,
  { method = 'GET', path, json, ndjson, bearer }: Asked,
): Promise<Response> {
  const header = bearer ?? (who === null ? undefined : `t.${who}`);
  const body = ndjson ?? (json === undefined ? undefined : JSON.stringify(json));
  return fetch(world.url + path, {
    method,
    headers: {
      ...(header !== undefined && { authorization: `Bearer ${header}` }),
      ...(body !== undefined && { 'content-type': ndjson === undefined ? 'application/json' : 'application/x-ndjson' }),
    },
    body,
  });
}

export interface Asked {
  method?: string;
  path: string;
  json?: unknown;
  ndjson?: string;
  /** In place of the token of `who`. */
  bearer?: string;
}

export async function openWorld(): Promise<World> {
  const grantsFile = join(folder.path, 'grants.yaml');
  const first = { space: '*', issuer: trialIssuer, holder: 'subject', name: 'root', role: 'administrator' };
  writeFileSync(grantsFile, JSON.stringify({ grants: [first] }));
  const app = await startGateway({ ...environment, SLUICE_GRANTS_FILE: grantsFile, SLUICE_HTTP_PORT: '0' });
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  await grantAll(url);
  await call('PUT', '/api/v1/limits/named/tight', { json: { capJobs: 1 } });
  for (const name of ['space/here', `space/${far}`, 'user/owner', 'user/canaryuser'])
    await call('PUT', `/api/v1/limits/${name}`, { json: { capJobs: 100 } });
  const ofFar = await flowsOf(url, 'farowner', far);
  const worker = await register(['noop@1']);
  await holdOne(worker);
  const ofHere = await flowsOf(url, 'owner', here);
  for (const [who, space] of [
    ['owner', here],
    ['farowner', far],
  ] as const)
    await jsonOf(ask({ url }, who, { method: 'PUT', path: filePath(space), ndjson: fileOf(space) }));
  return { url, flows: { [far]: ofFar, [here]: ofHere }, worker, close: () => app.close() };
}

/** A gateway in this process: with its own tokens, it is what it is in production. */
async function startGateway(variables: Record<string, string>): Promise<INestApplication> {
  const configuration = readConfiguration('gateway', variables);
  const http = readHttpConfiguration('gateway', variables);
  const module = await Test.createTestingModule({
    imports: [ConfigModule.with(configuration, http), NatsModule, GatewayModule],
  })
    .overrideProvider(TOKEN_VERIFIERS)
    .useValue([trialTokens])
    .compile();
  const app = module.createNestApplication(new FrontAdapter(), { bodyParser: false, logger: ['error', 'fatal'] });
  await app.listen(0, '127.0.0.1');
  return app;
}

async function grantAll(url: string): Promise<void> {
  const asRoot = (method: string, path: string, json: unknown) => jsonOf(ask({ url }, 'root', { method, path, json }));
  for (const space of [here, far]) await asRoot('PUT', `/api/v1/spaces/${space}`, { quotas: { queuedJobs: 1_000 } });
  for (const [who, person] of Object.entries(people as Record<string, Person>))
    for (const [space, role] of Object.entries(person.grants ?? {})) {
      const json = { issuer: trialIssuer, holder: 'subject', name: person.subject ?? who, role };
      await asRoot('PUT', `/api/v1/spaces/${encodeURIComponent(space)}/grants`, json);
    }
  const group = { issuer: trialIssuer, holder: 'group', name: '/here/read', role: 'reader' };
  await asRoot('PUT', `/api/v1/spaces/${here}/grants`, group);
}

const word = (space: string, what: string): string => (space === far ? `canary${what}` : `our${what}`);

/** What one who submits has in a space. */
async function flowsOf(url: string, who: Who, space: string): Promise<{ flow: string; ended: string; upload: string }> {
  const flow = await submit(url, who, space);
  const ended = await submit(url, who, space);
  await jsonOf(ask({ url }, who, { method: 'POST', path: `/api/v1/workflows/${ended}/cancel`, json: {} }));
  await until(async () => {
    const asked = ask({ url }, who, { path: `/api/v1/workflows/${ended}` });
    return (await jsonOf<{ workflow: { state: string } }>(asked)).workflow.state === 'cancelled';
  });
  return { flow, ended, upload: await open(url, who, space) };
}

async function open(url: string, who: Who, space: string): Promise<string> {
  const templates = { work: { transform: 'noop', limits: ['tight'] } };
  const json = { apiVersion: 'sluice/v1', name: word(space, 'flow'), space, templates };
  return (await jsonOf<{ id: string }>(ask({ url }, who, { method: 'POST', path: '/api/v1/workflows', json }), 201)).id;
}

/** A file that each space has. */
export const fileOf = (space: string): string => word(space, 'file');
export const checksumOf = (space: string): string => sha256(fileOf(space)).toString('hex');
const filePath = (space: string): string => `/api/v1/spaces/${space}/files/${checksumOf(space)}`;

export const chunkOf = (space: string): string =>
  `${JSON.stringify({ name: word(space, 'job'), label: word(space, 'label') })}\n`;
export const sealOf = (space: string): object => {
  const chunk = chunkOf(space);
  return { chunkCount: 1, jobCount: 1, edgeCount: 0, hash: sha256(sha256(chunk)).toString('hex') };
};

async function submit(url: string, who: Who, space: string): Promise<string> {
  const id = await open(url, who, space);
  const path = `/api/v1/workflows/${id}`;
  await jsonOf(ask({ url }, who, { method: 'PUT', path: `${path}/chunks/0?firstOrdinal=0`, ndjson: chunkOf(space) }));
  await jsonOf(ask({ url }, who, { method: 'POST', path: `${path}/seal`, json: sealOf(space) }), 202);
  await until(async () => {
    return (await jsonOf<UploadView>(ask({ url }, who, { path: `${path}/upload` }))).state === 'sealed';
  });
  return id;
}

/** The worker takes the one job that the limit lets run, and keeps it. */
async function holdOne(worker: RegisterAnswer): Promise<void> {
  const free = { cores: 2, memoryMib: 8_192, walltimeLeftSec: null };
  const json = { requestId: crypto.randomUUID(), free, max: 1, waitSec: 10 };
  const answer = await jsonOf<{ jobs: unknown[] }>(call('POST', '/worker/v1/lease', { json, token: worker.token }));
  if (answer.jobs.length !== 1) throw new Error('the worker got no job');
}

export { token as stackToken };
