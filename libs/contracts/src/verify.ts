import { z } from 'zod';

/** A row that breaks an invariant, as people know it. Null: it is about no single workflow or job. */
export const BrokenRow = z.object({
  workflow: z.string().nullable(),
  ordinal: z.int().nullable(),
  name: z.string().nullable(),
  wrong: z.string(),
});
export type BrokenRow = z.infer<typeof BrokenRow>;

/** What became of one invariant. */
export const InvariantVerdict = z.object({
  /** Its number, such as I6. */
  invariant: z.string(),
  says: z.string(),
  /** `unknown`: PostgreSQL was too slow to judge it; `elsewhere`: only the test suite can tell; `whole`: ask about all workflows. */
  verdict: z.enum(['ok', 'broken', 'unknown', 'elsewhere', 'whole']),
  /** Rows that break it, up to 1,000: of so many there may be more. */
  broken: z.int(),
  /** The first of them. */
  rows: z.array(BrokenRow),
  /** What of it is left to the test suite, and why; null: nothing. */
  left: z.string().nullable(),
});
export type InvariantVerdict = z.infer<typeof InvariantVerdict>;
