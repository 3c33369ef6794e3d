/** An order that the audit log keeps. `body`: its body is kept too, as far as it is short. */
export interface AuditedRoute {
  action: string;
  body: boolean;
}

const order = (action: string): AuditedRoute => ({ action, body: true });
/** Its body is long, or says nothing that its address does not. */
const plain = (action: string): AuditedRoute => ({ action, body: false });

/**
 * Every route that changes something, as the audit log calls it; null: parts of what another one completes. A changing route
 * that is missing here fails a test.
 */
export const auditedRoutes: Readonly<Record<string, AuditedRoute | null>> = {
  'POST /api/v1/workflows': null,
  'POST /api/v1/workflows/submit': plain('workflow.submit'),
  'PUT /api/v1/workflows/:id/chunks/:no': null,
  'POST /api/v1/workflows/:id/seal': plain('workflow.submit'),
  'POST /api/v1/workflows/:selector/cancel': order('workflow.cancel'),
  'POST /api/v1/workflows/:selector/pause': order('workflow.pause'),
  'POST /api/v1/workflows/:selector/resume': order('workflow.resume'),
  'POST /api/v1/workflows/:selector/retry': order('workflow.retry'),
  'POST /api/v1/workflows/:selector/archive': order('workflow.archive'),
  'PUT /api/v1/shares': order('share.apply'),
  'POST /api/v1/shares/remove': order('share.remove'),
  'POST /api/v1/shares/use': order('share.use'),
  'PUT /api/v1/sites': order('site.apply'),
  'PUT /api/v1/sites/:name': order('site.set'),
  'PATCH /api/v1/sites/:name': order('site.change'),
  'DELETE /api/v1/sites/:name': plain('site.remove'),
  'POST /api/v1/sites/:name/open': order('site.open'),
  'POST /api/v1/sites/:name/drain': order('site.drain'),
  'POST /api/v1/sites/:name/stop': order('site.stop'),
  'POST /api/v1/workers/:session/drain': order('worker.drain'),
  'POST /api/v1/workers/:session/stop': order('worker.stop'),
  'PUT /api/v1/limits/:kind/:name': order('limit.set'),
  'DELETE /api/v1/limits/:kind/:name': plain('limit.remove'),
  'POST /api/v1/dead-letters/requeue': order('dead-letter.requeue'),
  'POST /api/v1/dead-letters/drop': order('dead-letter.drop'),
  'PUT /api/v1/spaces/:space': order('space.set'),
  'PUT /api/v1/spaces/:space/grants': order('space.grant'),
  'POST /api/v1/spaces/:space/grants/remove': order('space.revoke'),
  'POST /api/v1/tokens': order('token.make'),
  'DELETE /api/v1/tokens/:id': plain('token.revoke'),
  'PUT /api/v1/quotas/user/:name': order('quota.set'),
  'PUT /api/v1/spaces/:space/files/:sha256': null,
  'DELETE /api/v1/spaces/:space/files/:sha256': plain('file.remove'),
};
