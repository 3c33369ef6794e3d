import { z } from 'zod';
import { namedCursor, pageLimit } from './page-query.js';
import { line } from './one-line.js';

/** What one may do in a space; each includes those before it. */
export const SpaceRole = z.enum(['reader', 'submitter', 'operator', 'administrator']);
export type SpaceRole = z.infer<typeof SpaceRole>;

/** Of a space that is made; `rubin/dm` is one name, not a space in another. */
export const SpaceName = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, 'letters, digits and . _ / -, the first a letter or a digit');

const most = z.int().min(0).max(Number.MAX_SAFE_INTEGER).nullable();

/** What a space may have at most; null: no bound. */
export const SpaceQuotas = z.strictObject({
  /** Jobs of its workflows that have not ended. */
  queuedJobs: most,
  /** Cores of its jobs that are with workers. */
  runningCores: most,
  /** Bytes of its files in the file store, and of its logs there. */
  fileBytes: most,
  logBytes: most,
});
export type SpaceQuotas = z.infer<typeof SpaceQuotas>;

/** A space as its people see it. */
export const SpaceView = z.object({
  name: z.string(),
  /** Its jobs write their outputs below this; null: nothing is said. */
  outputPrefix: z.string().nullable(),
  quotas: SpaceQuotas,
  createdAt: z.string(),
  /** The asker's role there. */
  role: SpaceRole.nullable(),
});
export type SpaceView = z.infer<typeof SpaceView>;

/** By name. */
export const SpacePage = z.object({ spaces: z.array(SpaceView), next: z.string().nullable() });
export type SpacePage = z.infer<typeof SpacePage>;

/** GET /api/v1/spaces */
export const SpaceQuery = z.strictObject({
  limit: pageLimit(100),
  /** `next` of the page before. */
  cursor: namedCursor,
});

/** Makes a space or changes it: what is left out stays, and is none for a new one. */
export const SpaceRequest = z.strictObject({
  outputPrefix: line(1_000).min(1).nullable().optional(),
  quotas: SpaceQuotas.partial().optional(),
  dryRun: z.boolean().optional(),
});
export type SpaceRequest = z.infer<typeof SpaceRequest>;

export const SpaceAnswer = z.object({ created: z.boolean(), dryRun: z.boolean(), space: SpaceView });
export type SpaceAnswer = z.infer<typeof SpaceAnswer>;

/** Who gets a role: one subject of an issuer, or all whom the issuer says to be of a group. Exact, as the issuer writes it. */
const holder = {
  /** As `iss` of its tokens has it. */
  issuer: line(1_000).min(1),
  holder: z.enum(['subject', 'group']),
  name: line(1_000).min(1),
};

export const GrantView = z.object({
  ...holder,
  role: SpaceRole,
  grantedBy: z.string(),
  grantedAt: z.string(),
});
export type GrantView = z.infer<typeof GrantView>;

/** By issuer, holder and name. `next`: cursor of the page behind it; null: there is none. */
export const GrantList = z.object({ space: z.string(), grants: z.array(GrantView), next: z.string().nullish() });
export type GrantList = z.infer<typeof GrantList>;

/** A role in a space: takes the place of the one that the holder had there. */
export const GrantRequest = z.strictObject({ ...holder, role: SpaceRole, dryRun: z.boolean().optional() });
export type GrantRequest = z.infer<typeof GrantRequest>;

export const GrantRemove = z.strictObject({ ...holder, dryRun: z.boolean().optional() });
export type GrantRemove = z.infer<typeof GrantRemove>;

/** `before`, `after`: the role that the holder had, and has or with `dryRun` would have; null: none. */
export const GrantAnswer = z.object({
  space: z.string(),
  ...holder,
  before: SpaceRole.nullable(),
  after: SpaceRole.nullable(),
  dryRun: z.boolean(),
});
export type GrantAnswer = z.infer<typeof GrantAnswer>;

/** Grants that a gateway sees to at its start; `*` in place of a space: in every one, whose administrator administers the system. */
export const GrantsFile = z.strictObject({
  grants: z
    .array(z.strictObject({ space: z.union([z.literal('*'), SpaceName]), ...holder, role: SpaceRole }))
    .max(10_000),
});
export type GrantsFile = z.infer<typeof GrantsFile>;
