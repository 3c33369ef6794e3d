import { z } from 'zod';
import { FailReason, AttemptOutcome } from './job.js';
import { JobId } from './ids.js';
import { messageBytesMax } from './message-size.js';
import { BatchVerdicts } from './session.js';

export const terminalEventsMax = 1_000;
export const terminalBatchBytesMax = messageBytesMax;
/** Longest tail of stderr or message kept with an attempt, in characters. */
export const messageCharsMax = 4_000;

/** The end of one attempt. Times are the worker's clock, milliseconds since 1970-01-01 UTC. */
export const TerminalEvent = z.object({
  /** Index into the batch's `leases`. */
  lease: z.int().min(0),
  job: JobId,
  attempt: z.int().min(1).max(32_767),
  outcome: AttemptOutcome,
  /** With outcome `failed` only. */
  reason: FailReason.optional(),
  /** With reason `evicted`: an operator stopped the site or the worker. Costs the job no try. */
  byOrder: z.boolean().optional(),
  exitCode: z.int().min(-1).max(255).optional(),
  signal: z.string().max(20).optional(),
  /** Missing: it never started. */
  startedAtMs: z.int().min(0).optional(),
  endedAtMs: z.int().min(0),
  cpuSec: z.number().min(0).max(1e9).optional(),
  peakMemoryMib: z.number().min(0).max(1e9).optional(),
  /** What it was allowed, where its task said other than the template asks for. */
  allowedMemoryMib: z.int().min(1).max(1e9).optional(),
  /** What the transform returned; at most 16 KiB as JSON. */
  outputs: z.unknown().optional(),
  message: z.string().max(messageCharsMax).optional(),
});
export type TerminalEvent = z.infer<typeof TerminalEvent>;

/** Ends of attempts in bulk: the only thing a worker reports. Any order, repeats allowed, one partition. */
export const TerminalBatch = z.object({
  batchId: z.uuid(),
  session: z.string().max(20),
  partition: z.int().min(0).max(15),
  leases: z
    .array(z.object({ id: z.string().regex(/^\d{1,19}$/), token: z.string().max(64) }))
    .min(1)
    .max(1_000),
  events: z.array(TerminalEvent).min(1).max(terminalEventsMax),
});
export type TerminalBatch = z.infer<typeof TerminalBatch>;

/** `accepted`: in the stream, keep the journal. `settled`: committed, the journal may go. */
export const ReportAnswer = z.object({
  batchId: z.string(),
  state: z.enum(['accepted', 'settled']),
  verdicts: BatchVerdicts.nullable(),
});
export type ReportAnswer = z.infer<typeof ReportAnswer>;

/** One message of stream TERMINAL: the batches that one gateway gathered for one partition. */
export const TerminalMessage = z.object({
  /** The gateway that wants to hear the verdicts; empty for nobody. */
  gateway: z.string(),
  batches: z.array(TerminalBatch),
});
export type TerminalMessage = z.infer<typeof TerminalMessage>;
