import { z } from 'zod';

/** When a worker sends the full log of an attempt to the file store. */
export const KeepLog = z.enum(['always', 'failed', 'never']);
export type KeepLog = z.infer<typeof KeepLog>;

/** Most bytes of one stream that a worker sends, before they are compressed: of a longer one the middle is left out. */
export const logStreamBytesMax = 16 * 1024 * 1024;
/** Most bytes of a log on its way: two streams that could not be compressed. */
export const logBytesMax = 2 * logStreamBytesMax + 64 * 1024;

/** PUT /worker/v1/logs/:job/:attempt/:sha256 */
export const LogQuery = z.strictObject({
  /** Bytes of the body that are stdout's; what is behind them is stderr's. Each is gzip of its own. */
  stdout: z.coerce.number().int().min(0).max(logBytesMax),
});
export type LogQuery = z.infer<typeof LogQuery>;

/** What became of a full log. */
export const LogKept = z.object({ log: z.enum(['kept', 'leftOut']) });
export type LogKept = z.infer<typeof LogKept>;

/** GET /api/v1/workflows/:selector/jobs/:job/attempts/:attempt/log */
export const AttemptLogQuery = z.strictObject({ stream: z.enum(['stdout', 'stderr']).default('stderr') });
export type AttemptLogQuery = z.infer<typeof AttemptLogQuery>;
