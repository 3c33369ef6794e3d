import { z } from 'zod';

/** How large one workflow may be. */
export interface SizeLimits {
  jobs: number;
  /** With what groups add. */
  edges: number;
  parentsOfOneJob: number;
}

/** Limits of a workflow document. The SizeLimits among them are defaults: SLUICE_MAX_* set others. */
export const documentLimits = {
  lineBytes: 4 * 1024 * 1024,
  chunkBytes: 8 * 1024 * 1024,
  chunkInflatedBytes: 64 * 1024 * 1024,
  chunkJobs: 20_000,
  jobs: 5_000_000,
  edges: 20_000_000,
  parentsOfOneJob: 200_000,
  nameChars: 4_000,
} as const;

export const CommandSpec = z.strictObject({
  argv: z.array(z.string()).min(1).optional(),
  cmdline: z.string().optional(),
  shell: z.string().optional(),
  image: z.string().nullable().optional(),
  /** Where programs run in a sandbox they have no network unless they ask for it. */
  network: z.boolean().optional(),
  /** Folder of the worker's machine in which the program is started; left out: the attempt's own, empty. */
  cwd: z.string().min(1).nullable().optional(),
});
export type CommandSpec = z.infer<typeof CommandSpec>;

/** How many cores a job may ask for. */
export const coresLimits = { min: 0.001, max: 100_000 } as const;

export const Resources = z.strictObject({
  cores: z.number().min(coresLimits.min).max(coresLimits.max).default(1),
  memoryMib: z.int().min(1).max(1_000_000_000).default(2_048),
  /** In place of memoryMib, which is then so much for each core, rounded up. */
  memoryPerCoreMib: z.number().min(0.001).max(1_000_000_000).nullable().default(null),
  memoryGrowth: z.number().min(1).max(100).nullable().default(null),
  memoryMaxMib: z.int().min(1).max(1_000_000_000).nullable().default(null),
  /** Whether later jobs of the label get what earlier ones were seen to need: more (`raise`), or also less (`fit`). */
  memoryLearn: z.enum(['off', 'raise', 'fit']).default('off'),
  diskMib: z.int().min(0).max(1_000_000_000).nullable().default(null),
  walltimeSec: z.int().min(1).max(31_536_000).nullable().default(null),
  gpus: z.int().min(0).max(10_000).default(0),
});
export type Resources = z.infer<typeof Resources>;

/** One rule for failed attempts; the first that matches decides. Conditions that are left out always hold. */
export const RetryRule = z.strictObject({
  /** Codes, and ranges of codes such as `100-120`. */
  exit: z
    .array(z.union([z.int().min(0).max(255), z.string()]))
    .min(1)
    .optional(),
  signal: z.array(z.string()).min(1).optional(),
  reason: z.array(z.string()).min(1).optional(),
  /** Stands somewhere in the message; `*` is any text. */
  message: z.string().max(1_000).optional(),
  then: z.enum(['retry', 'fail']),
  /** How much the next attempt gets: more, or as much as this one. Default: more after `memory`, if `memoryGrowth` is given. */
  memory: z.enum(['grow', 'keep']).optional(),
  /** The next attempt is not to run where this one did, while another site would do. */
  site: z.enum(['other']).optional(),
  /** In place of the policy's. */
  backoffSec: z.number().min(0).max(86_400).optional(),
});
export type RetryRule = z.infer<typeof RetryRule>;

export const RetryPolicy = z.strictObject({
  retries: z.int().min(0).max(1_000).default(0),
  infraRetries: z.int().min(0).max(1_000).default(10),
  rules: z.array(RetryRule).max(100).default([]),
  backoffSec: z.number().min(0).max(86_400).default(0),
});
export type RetryPolicy = z.infer<typeof RetryPolicy>;

export const Placement = z.strictObject({
  sites: z.array(z.string().min(1)).default([]),
  avoidSites: z.array(z.string().min(1)).default([]),
  /** Each must be a tag of the worker or of its site; `!value`: it must not be. */
  tags: z.record(z.string().min(1), z.string()).default({}),
  mode: z.enum(['auto', 'pull', 'push']).default('auto'),
  preemptible: z.boolean().default(true),
});
export type Placement = z.infer<typeof Placement>;

/** Everything that the jobs of one kind have in common. */
export const Template = z.strictObject({
  transform: z.string().default('command'),
  params: z.unknown().optional(),
  command: CommandSpec.optional(),
  env: z.record(z.string(), z.string()).default({}),
  resources: Resources.prefault({}),
  retry: RetryPolicy.prefault({}),
  limits: z.array(z.string()).default([]),
  placement: Placement.prefault({}),
  priority: z.int().min(0).max(1_000).default(500),
  opaque: z.unknown().optional(),
});
export type Template = z.infer<typeof Template>;

/** A file a job reads or writes: the name of an entry of `files`, or the file itself. */
export const FileUse = z.union([
  z.string(),
  z.strictObject({ name: z.string(), uri: z.string().optional(), bytes: z.number().nullable().optional() }),
]);
export type FileUse = z.infer<typeof FileUse>;

/** A parent: its position, its name, or one of these with a condition. Default `success`. */
export const After = z.union([
  z.int().min(0),
  z.string(),
  z.strictObject({ job: z.union([z.int().min(0), z.string()]), on: z.enum(['success', 'ended']).default('success') }),
]);
export type After = z.infer<typeof After>;

export const JobKind = z.enum(['job', 'barrier', 'noop', 'group']);
export type JobKind = z.infer<typeof JobKind>;

export const DocumentJob = z.strictObject({
  name: z.string().min(1),
  label: z.string().optional(),
  template: z.string().optional(),
  kind: JobKind.default('job'),
  in: z.string().optional(),
  blocking: z.boolean().optional(),
  after: z.array(After).default([]),
  vars: z.record(z.string(), z.string()).optional(),
  params: z.unknown().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  weight: z.record(z.string(), z.number()).optional(),
  inputs: z.array(FileUse).optional(),
  outputs: z.array(FileUse).optional(),
  observed: z.record(z.string(), z.unknown()).optional(),
});
export type DocumentJob = z.infer<typeof DocumentJob>;

/** A file that jobs name in `inputs` and `outputs`. */
export const FileEntry = z.strictObject({
  uri: z.string().optional(),
  /** Must it be brought to the job, or can each site read it where it is? */
  transfer: z.boolean().optional(),
  /** Do several jobs use the same copy? */
  shared: z.boolean().optional(),
  bytes: z.number().min(0).nullable().optional(),
});
export type FileEntry = z.infer<typeof FileEntry>;

/** A workflow document without its jobs: line 1 of a streamed one. */
export const DocumentHeader = z.strictObject({
  apiVersion: z.literal('sluice/v1'),
  name: z.string().min(1),
  tags: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.unknown()).default({}),
  source: z.record(z.string(), z.unknown()).optional(),
  space: z.string().optional(),
  defaults: z.record(z.string(), z.unknown()).default({}),
  policy: z
    .strictObject({
      onFailure: z.enum(['continue', 'failFast']).default('continue'),
      timeoutSec: z.int().min(1).nullable().default(null),
      parallelism: z.int().min(1).nullable().default(null),
    })
    .prefault({}),
  files: z.record(z.string(), FileEntry).default({}),
  /** Each entry is laid over `defaults` before it is read as a Template. */
  templates: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  final: z
    .strictObject({ when: z.enum(['always', 'success']).default('always'), job: z.record(z.string(), z.unknown()) })
    .nullable()
    .optional(),
  jobCount: z.int().min(0).optional(),
  edgeCount: z.int().min(0).optional(),
});
export type DocumentHeader = z.infer<typeof DocumentHeader>;
/** A workflow document with its jobs, as it is written in one piece. */
export const WholeDocument = DocumentHeader.extend({ jobs: z.array(DocumentJob).min(1) });
/** A header as it is written: fields with a default may be missing. */
export type WrittenHeader = z.input<typeof DocumentHeader>;

/** Why a document is refused. One code per row of docs/document.md. */
export const documentErrorCodes = [
  'CYCLE',
  'DUPLICATE_NAME',
  'UNKNOWN_PARENT',
  'UNKNOWN_TEMPLATE',
  'UNKNOWN_FILE',
  'UNKNOWN_GROUP',
  'UNRESOLVED_PLACEHOLDER',
  'BAD_NAME',
  'NAME_TOO_LONG',
  'BAD_RETRY_CODE',
  'MEMORY_ORDER',
  'BAD_WALLTIME',
  'GROUP_NESTED',
  'GROUP_CROSS_EDGE',
  'COUNT_MISMATCH',
  'HASH_MISMATCH',
  'BAD_SYNTAX',
  'BAD_TYPE',
  'BAD_TEXT',
  'DUPLICATE_KEY',
  'MISSING_FIELD',
  'TOO_LARGE',
  'ARGV_AND_CMDLINE',
  'EMPTY',
  'RANGE',
  'UNKNOWN_FIELD',
  'UNSUPPORTED_VERSION',
  'PATH_OUTSIDE_SPACE',
  'PATH_FORBIDDEN',
] as const;
export const DocumentErrorCode = z.enum(documentErrorCodes);
export type DocumentErrorCode = z.infer<typeof DocumentErrorCode>;

/** One fault of a document: what, where, and how to mend it. */
export const DocumentError = z.object({
  code: DocumentErrorCode,
  /** JSON pointer (`/jobs/3/after/0`) or `line 17, column 4`. */
  where: z.string(),
  /** The job it is about, if any. */
  job: z.string().optional(),
  message: z.string(),
  remedy: z.string(),
});
export type DocumentError = z.infer<typeof DocumentError>;

/** Errors are listed up to here; the rest is only counted. */
export const documentErrorsMax = 100;

export const DocumentRefusal = z.object({
  errors: z.array(DocumentError).max(documentErrorsMax),
  /** Number of errors of each code, the ones not listed included. */
  counts: z.partialRecord(DocumentErrorCode, z.int()),
});
export type DocumentRefusal = z.infer<typeof DocumentRefusal>;
