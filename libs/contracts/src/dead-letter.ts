import { z } from 'zod';

/** Most letters that one request requeues or drops. */
export const deadLettersMax = 500;

const LetterId = z.string().regex(/^\d{1,18}$/);

/** A message, or a part of one, that can never be applied, and was set aside. Times are the database's, RFC 3339 UTC. */
export const DeadLetterView = z.object({
  id: LetterId,
  /** When it was set aside, the last time and the first. */
  at: z.string(),
  firstAt: z.string(),
  /** How often it was set aside: more than once when it was requeued, or came again. */
  times: z.int(),
  /** When it was put back into its stream; null: it was not, or was set aside again. */
  requeuedAt: z.string().nullable(),
  stream: z.string(),
  partition: z.int(),
  reason: z.string(),
  /** Length of its body. */
  bytes: z.int(),
  /** What it is about; null and empty where that can't be read, or is not there any more. */
  batchId: z.string().nullable(),
  session: z.string().nullable(),
  worker: z.string().nullable(),
  site: z.string().nullable(),
  workflows: z.array(z.string()),
  /** Ends of attempts in it. */
  jobs: z.int(),
});
export type DeadLetterView = z.infer<typeof DeadLetterView>;

/** Oldest first; `total` counts all there are, `oldestAt` is when the oldest of all was set aside first. */
export const DeadLetterPage = z.object({
  letters: z.array(DeadLetterView),
  next: z.string().nullable(),
  total: z.int(),
  oldestAt: z.string().nullable(),
});
export type DeadLetterPage = z.infer<typeof DeadLetterPage>;

/** `body` is what the message held, as text; `faithful` false: its bytes are not UTF-8, and some are shown as U+FFFD. */
export const DeadLetterContent = DeadLetterView.extend({ body: z.string(), faithful: z.boolean() });
export type DeadLetterContent = z.infer<typeof DeadLetterContent>;

export const DeadLettersRequest = z.strictObject({
  ids: z.array(LetterId).min(1).max(deadLettersMax),
  dryRun: z.boolean().optional(),
});
export type DeadLettersRequest = z.infer<typeof DeadLettersRequest>;

/** `unknown` are not there: handled or dropped meanwhile. */
export const DeadLettersAnswer = z.object({
  dryRun: z.boolean(),
  done: z.array(z.string()),
  unknown: z.array(z.string()),
});
export type DeadLettersAnswer = z.infer<typeof DeadLettersAnswer>;

/** GET /api/v1/dead-letters */
export const DeadLetterQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  /** `next` of the page before. */
  cursor: z.string().max(200).optional(),
});
export type DeadLetterQuery = z.infer<typeof DeadLetterQuery>;
