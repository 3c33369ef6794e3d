import { z } from 'zod';
import { pageRowsMax } from './page-query.js';

/** What names a file in its space: the SHA-256 of its bytes, 64 hexadecimal digits in lower case. */
export const FileChecksum = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256: 64 hexadecimal digits in lower case');
export type FileChecksum = z.infer<typeof FileChecksum>;

/** A file of a space. Times are the database's, RFC 3339 UTC. */
export const FileView = z.object({
  sha256: FileChecksum,
  bytes: z.int().min(0),
  /** As it was said when it came. */
  mediaType: z.string(),
  createdBy: z.object({ issuer: z.string(), subject: z.string() }),
  createdAt: z.string(),
  /** To within an hour. */
  lastUsedAt: z.string(),
});
export type FileView = z.infer<typeof FileView>;

/** What a space keeps, with what is on its way, and may keep; null: whatever the store holds. */
export const FileRoom = z.object({ files: z.int(), bytes: z.int(), bytesMax: z.int().nullable() });
export type FileRoom = z.infer<typeof FileRoom>;

/** Newest first. */
export const FilePage = z.object({ files: z.array(FileView), next: z.string().nullable(), use: FileRoom });
export type FilePage = z.infer<typeof FilePage>;

export const FileRemoved = z.object({ dryRun: z.boolean(), file: FileView });
export type FileRemoved = z.infer<typeof FileRemoved>;

/** Where a file is, as an address says it. */
export const FileRef = z.object({
  space: z
    .string()
    .min(1)
    .max(4_000)
    .regex(/^[^\p{Cc}]+$/u),
  sha256: FileChecksum,
});
export type FileRef = z.infer<typeof FileRef>;

/** GET /api/v1/spaces/:space/files */
export const FileQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(pageRowsMax).default(100),
  /** `next` of the page before. */
  cursor: z.string().max(200).optional(),
});
export type FileQuery = z.infer<typeof FileQuery>;

export const FileRemoveQuery = z.strictObject({ dryRun: z.enum(['true', 'false']).optional() });
