// Goal: the compose file starts what exists, with the environment that the services read. No Docker needed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { root, textOf } from './repository.js';

const Service = z.object({
  image: z.string(),
  build: z.string().optional(),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.unknown()).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
});

const Compose = z.object({
  services: z.record(z.string(), Service),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
  volumes: z.record(z.string(), z.unknown()),
});

const compose = Compose.parse(parse(textOf('docker-compose.yml'), { merge: true }));
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.build !== undefined);

/** Every `NAME` in capitals of a document's tables. */
const variablesOf = (file: string): string[] =>
  [...textOf(file).matchAll(/^\| ((?:[A-Z_]+(?:=1)?(?:, )?)+) \|/gm)].flatMap((row) =>
    (row[1] ?? '').split(', ').map((name) => name.replace('=1', '')),
  );

test('the compose file has every process of the product', () => {
  const expected = ['postgres', 'nats', 'migrate', 'gateway', 'transformer', 'broker', 'monitor', 'worker'];
  expect(services.map(([name]) => name).sort()).toEqual(expected.sort());
});

test('every container of ours starts an app that exists', () => {
  const entry = (app: unknown): string => join('apps', String(app), 'src', 'main.ts');
  const missing = ours.filter(([, service]) => !existsSync(join(root, entry(service.environment.SLUICE_APP))));
  expect(missing.map(([name]) => name)).toEqual([]);
});

test('every variable that is set is documented', () => {
  const known = new Set([...variablesOf('ARCHITECTURE.md'), ...variablesOf('deploy/README.md')]);
  const unknown = ours.flatMap(([name, service]) =>
    Object.keys(service.environment).flatMap((variable) => (known.has(variable) ? [] : [`${name}: ${variable}`])),
  );
  expect(unknown).toEqual([]);
});

test('every secret that is read is mounted, and every mounted one is made by make-secrets.sh', () => {
  const script = textOf('deploy/make-secrets.sh');
  for (const [name, service] of services) {
    const read = Object.values(service.environment).flatMap(
      (value) => /^\/run\/secrets\/(.+)$/.exec(String(value))?.[1] ?? [],
    );
    expect({ name, secrets: service.secrets }).toEqual({ name, secrets: expect.arrayContaining(read) });
    expect(service.secrets.filter((secret) => !(secret in compose.secrets) || !script.includes(secret))).toEqual([]);
  }
});

test('every mounted volume and file is there, and every service waited for', () => {
  const sources = services.flatMap(([, service]) =>
    service.volumes.filter((volume) => volume.includes(':')).map((volume) => volume.split(':')[0] ?? ''),
  );
  const missing = sources.filter((source) => !(source in compose.volumes) && !existsSync(join(root, source)));
  expect(missing).toEqual([]);
  const waitedFor = services.flatMap(([, service]) => Object.keys(service.depends_on));
  expect(waitedFor.filter((name) => !(name in compose.services))).toEqual([]);
});

test('what others wait for has a health check', () => {
  expect(['postgres', 'nats', 'gateway'].filter((name) => compose.services[name]?.healthcheck === undefined)).toEqual(
    [],
  );
});

test('the image copies files that exist and runs as a plain user', () => {
  const dockerfile = textOf('Dockerfile');
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
    (match[1] ?? '').split(' '),
  );
  expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  expect(dockerfile).toMatch(/^USER node$/m);
  expect(dockerfile).toMatch(/npm ci --omit=dev --omit=optional/);
});

test('NATS keeps what it acknowledged through a power cut', () => {
  expect(textOf('deploy/nats.conf')).toMatch(/jetstream \{[^}]*sync_interval: always/);
});
