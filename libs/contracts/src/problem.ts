import { z } from 'zod';

/** RFC 9457 problem document: the body of every answer with a status of 400 or more. */
export const Problem = z.object({
  /** Stable: `https://sluice.dev/problems/<code>`. */
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** Machine-readable code, such as `document/refused`. */
  code: z.string(),
  detail: z.string().optional(),
  /** Which request it was: `urn:sluice:request:` and its X-Request-Id. */
  instance: z.string().optional(),
  /** How to mend it. */
  remedy: z.string().optional(),
  errors: z
    .array(
      z.object({
        pointer: z.string(),
        code: z.string(),
        message: z.string(),
        remedy: z.string().optional(),
        job: z.string().optional(),
      }),
    )
    .optional(),
  counts: z.record(z.string(), z.number()).optional(),
});
export type Problem = z.infer<typeof Problem>;
