// Goal: the table of routes in the contracts is what the gateway serves, no more and no less.
import 'reflect-metadata';
import { expect, test } from '@jest/globals';
import { RequestMethod } from '@nestjs/common';
import { allowedAt, auditedRoutes, methodsOf, routes } from '#contracts';
import { DocsController } from '../docs/docs.controller.js';
import { HealthController } from '../health/health.controller.js';
import { LoginController } from '../identity/login.controller.js';
import { TokenController } from '../identity/token.controller.js';
import { WhoAmIController } from '../identity/whoami.controller.js';
import { ArchiveController } from './archive.controller.js';
import { AttemptLogController } from './attempt-log.controller.js';
import { AuditController } from './audit.controller.js';
import { DeadLetterController } from './dead-letter.controller.js';
import { DocumentController } from './document.controller.js';
import { ErrorController } from './error.controller.js';
import { EventController } from './event.controller.js';
import { FileController } from './file.controller.js';
import { JobController } from './job.controller.js';
import { LimitController } from './limit.controller.js';
import { OrderController } from './order.controller.js';
import { QuotaController } from './quota.controller.js';
import { ShareController } from './share.controller.js';
import { SiteController } from './site.controller.js';
import { SpaceController } from './space.controller.js';
import { SubmitController } from './submit.controller.js';
import { UploadController } from './upload.controller.js';
import { VerifyController } from './verify.controller.js';
import { WorkerController } from './worker.controller.js';
import { workerPaths } from './worker/worker-door.js';
import { WorkflowController } from './workflow.controller.js';

/** What the worker door answers besides. */
const workerReads = ['GET /worker/v1/files/:job/:attempt/:sha256', 'PUT /worker/v1/logs/:job/:attempt/:sha256'];

const metadata = (key: string, of: object): unknown => Reflect.getMetadata(key, of) as unknown;

/** `METHOD /path` of every handler that Nest would route to. */
function routesOfController(controller: { prototype: object }): string[] {
  const prefix = String(metadata('path', controller));
  const handlers = Object.values(Object.getOwnPropertyDescriptors(controller.prototype)).map(
    (each) => each.value as object,
  );
  return handlers
    .filter((handler) => metadata('method', handler) !== undefined)
    .map((handler) => {
      const path = `/${prefix}/${String(metadata('path', handler))}`.replace(/\/+$/, '').replace(/\/+/g, '/');
      return `${RequestMethod[metadata('method', handler) as number] ?? ''} ${path}`;
    });
}

test('every route of the table is served, and nothing else', () => {
  const controllers = [
    ...[HealthController, SubmitController, UploadController, WorkflowController],
    ...[OrderController, DocumentController],
    ...[JobController, ErrorController, EventController, SiteController, WorkerController, LimitController],
    ...[
      ShareController,
      DeadLetterController,
      ArchiveController,
      VerifyController,
      DocsController,
      FileController,
      SpaceController,
    ],
    ...[LoginController, TokenController, WhoAmIController],
    ...[AuditController, QuotaController, AttemptLogController],
  ];
  const served = [
    ...controllers.flatMap(routesOfController),
    ...workerPaths.map((path) => `POST ${path}`),
    ...workerReads,
  ];
  expect(served.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
});

test('an address tells which methods it answers', () => {
  expect(methodsOf('/api/v1/workflows')).toEqual(['POST', 'GET']);
  expect(methodsOf('/api/v1/workflows/last/jobs/isr%2F3/why')).toEqual(['GET']);
  expect(methodsOf('/api/v1/dead-letters/drop')).toEqual(['POST']);
  expect(methodsOf('/api/v1/nothing')).toEqual([]);
});

test('where there is a GET there is a HEAD, and OPTIONS everywhere', () => {
  expect(allowedAt('/api/v1/workflows')).toEqual(['POST', 'GET', 'HEAD', 'OPTIONS']);
  expect(allowedAt('/api/v1/workflows/last/cancel')).toEqual(['POST', 'OPTIONS']);
  expect(allowedAt('/openapiXjson')).toEqual([]);
});

test('every route that changes something is in the audit log, or said to be a part of another, and no other is', () => {
  const changing = routes.filter(({ method, path }) => method !== 'GET' && path.startsWith('/api/'));
  expect(Object.keys(auditedRoutes).sort()).toEqual(changing.map(({ method, path }) => `${method} ${path}`).sort());
});
