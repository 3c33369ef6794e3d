import { z } from 'zod';
import { pageRowsMax } from './page-query.js';

/** An order that somebody gave. Times are the database's, RFC 3339 UTC. */
export const AuditEntry = z.object({
  id: z.string(),
  at: z.string(),
  /** Who ordered it. */
  by: z.object({ issuer: z.string(), subject: z.string() }),
  /** Such as `workflow.cancel`. */
  action: z.string(),
  /** What the address named, by parameter. */
  place: z.record(z.string(), z.string()),
  /** What it came to be about, where that is another name: of `last`, the workflow's id. */
  target: z.string().nullable(),
  /** X-Request-Id of the request. */
  requestId: z.string(),
  /** Address of the network from which it came. */
  from: z.string(),
  /** HTTP status of its answer; null: under way, or its gateway died before it answered. */
  status: z.int().nullable(),
  endedAt: z.string().nullable(),
  /** The beginning of its body; null: none, or nothing to be kept. */
  said: z.string().nullable(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/** Newest first. */
export const AuditPage = z.object({ entries: z.array(AuditEntry), next: z.string().nullable() });
export type AuditPage = z.infer<typeof AuditPage>;

/** GET /api/v1/audit */
export const AuditQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(pageRowsMax).default(100),
  /** `next` of the page before. */
  cursor: z.string().max(200).optional(),
  /** Ordered by this subject, of whatever issuer. */
  subject: z.string().min(1).max(4_000).optional(),
  action: z.string().min(1).max(100).optional(),
  /** Ordered from then on, and before then (RFC 3339). */
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
});
export type AuditQuery = z.infer<typeof AuditQuery>;
