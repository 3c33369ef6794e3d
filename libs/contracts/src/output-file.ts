import { z } from 'zod';

/** A file that an attempt says it wrote. */
export const OutputFile = z.object({
  /** As the document names it. */
  name: z.string(),
  /** Where it lies. */
  uri: z.string(),
  /** Of a folder, or where nobody looked: left out. */
  bytes: z.number().min(0).optional(),
});
export type OutputFile = z.infer<typeof OutputFile>;

/** What outputs of an attempt say of files. They hold more than this: whatever the transform returned. */
export const OutputFiles = z.looseObject({
  files: z.array(OutputFile),
  /** So many more were written than could be told. */
  filesLeftOut: z.int().min(1).optional(),
});
export type OutputFiles = z.infer<typeof OutputFiles>;
