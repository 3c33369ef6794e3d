import { z } from 'zod';
import { documentLimits, type SizeLimits } from './document.js';

const url = (...schemes: string[]): z.ZodString =>
  z.string('is not set').regex(new RegExp(`^(${schemes.join('|')})://.+`), `must be an address: ${schemes[0]}://...`);

const wholeUpTo = (max: number) => z.coerce.number().int().min(1).max(max);

/** How large a workflow may be, where that is checked: in gateway, transformer and command line. */
export const LimitsEnvironment = z.object({
  /** Positions of jobs have 30 bits in a seal. */
  SLUICE_MAX_JOBS: wholeUpTo(1_000_000_000).default(documentLimits.jobs),
  SLUICE_MAX_EDGES: wholeUpTo(2_000_000_000).default(documentLimits.edges),
  SLUICE_MAX_PARENTS: wholeUpTo(1_000_000_000).default(documentLimits.parentsOfOneJob),
});
export type LimitsEnvironment = z.infer<typeof LimitsEnvironment>;

/** The limits that an environment sets. */
export const sizeLimitsOf = (environment: LimitsEnvironment): SizeLimits => ({
  jobs: environment.SLUICE_MAX_JOBS,
  edges: environment.SLUICE_MAX_EDGES,
  parentsOfOneJob: environment.SLUICE_MAX_PARENTS,
});

/** How many times as fast the clocks of a trial go: every term, interval and back-off is divided by it. */
export const clockScale = z.coerce.number().min(1).max(1_000).default(1);

/** Below, a burst of events would push the newest out before anybody has read them. */
const eventMibMin = 64;

/** The environment that every service reads. Unknown variables are left alone. */
export const ServiceEnvironment = LimitsEnvironment.extend({
  DATABASE_URL: url('postgresql', 'postgres'),
  /** May carry `user:password@` or `token@`; several servers are separated by commas. */
  NATS_URL: url('nats', 'tls'),
  /** Monitoring ports of NATS, `http://host:8222`, commas between: tell whether messages are safe from a power cut. */
  NATS_MONITOR_URL: z.string().optional(),
  /** Started by the supervisor over IPC: say when ready, end when the channel closes. */
  SLUICE_SUPERVISED: z.enum(['0', '1']).default('0'),
  /** For trials, the same for services and workers. */
  SLUICE_CLOCK_SCALE: clockScale,
  /** An upload that got no chunk for so long is removed. */
  SLUICE_UPLOAD_KEEP_HOURS: z.coerce.number().positive().max(100_000).default(24),
  /** An ended workflow is archived after so many days; `never`: by order only. */
  SLUICE_ARCHIVE_AFTER_DAYS: z.union([z.literal('never'), z.coerce.number().positive().max(100_000)]).default(90),
  /** Folder for the files of archived workflows; `none`: none are written. Left out, nothing is archived. */
  SLUICE_ARCHIVE_DIR: z
    .string()
    .regex(/^(\/.*|none)$/, 'must be an absolute path, or none')
    .optional(),
  /** Events and reports are kept for so many days. */
  SLUICE_EVENT_KEEP_DAYS: z.coerce.number().positive().max(100_000).default(7),
  /** The audit log is kept for so many days; `never`: no order is ever forgotten. */
  SLUICE_AUDIT_KEEP_DAYS: z.union([z.literal('never'), z.coerce.number().positive().max(100_000)]).default('never'),
  /** What stream EVENT may grow to: nats-server sets so much of its disk aside. */
  SLUICE_EVENT_STREAM_MIB: z.coerce.number().int().min(eventMibMin).max(1_048_576).default(1_024),
  /** A range of the large tables takes about so many jobs; its tables are dropped together. */
  SLUICE_RANGE_JOBS: wholeUpTo(1_000_000_000).default(20_000_000),
  /** For trials: migrate installs verify mode, which logs every transition. See docs/verify.md. */
  SLUICE_VERIFY: z.enum(['0', '1']).default('0'),
  /** Sites that a broker sees to at its start; see docs/sites.md. */
  SLUICE_SITES_FILE: z.string().optional(),
});
export type ServiceEnvironment = z.infer<typeof ServiceEnvironment>;

/** What a service with an HTTP front door reads on top. */
export const HttpEnvironment = z.object({
  SLUICE_HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  /** 0: any free port. */
  SLUICE_HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(7_070),
  /** Calls that one caller may make in a second, ten times as many at once; 0: any number. */
  SLUICE_CALLS_PER_SEC: z.coerce.number().min(0).max(1_000_000).default(1_000),
  /** File with the token that every route asks for; mode 0600. */
  SLUICE_TOKEN_FILE: z.string('is not set').min(1),
  /** Where files of spaces are: a folder that all gateways share, or `https://host/bucket/prefix`. Left out: nowhere. */
  SLUICE_FILE_STORE: z
    .string()
    .regex(/^(\/.*|https?:\/\/[^/?#]+\/[^?#]+)$/, 'must be an absolute path, or https://host/bucket')
    .optional(),
  /** Largest file. More than 5 GiB an object store takes in no single piece. */
  SLUICE_FILE_MIB: wholeUpTo(1_048_576).default(5_120),
  /** What files of a space may come to where its quota does not say; `none`: whatever the store holds. */
  SLUICE_SPACE_FILE_GIB: z.union([z.literal('none'), z.coerce.number().positive().max(1_000_000_000)]).default(100),
  /** What full logs of a space may come to where its quota does not say; `none`: whatever the store holds. */
  SLUICE_SPACE_LOG_GIB: z.union([z.literal('none'), z.coerce.number().positive().max(1_000_000_000)]).default(10),
  /** Keys and region of an object store, as its own tools name them. */
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
  AWS_REGION: z.string().default('us-east-1'),
  /** Grants that the gateway sees to at its start; see docs/identity.md. */
  SLUICE_GRANTS_FILE: z.string().optional(),
  /** Issuers whose tokens are taken besides; see docs/identity.md. */
  SLUICE_ISSUERS_FILE: z.string().optional(),
});
export type HttpEnvironment = z.infer<typeof HttpEnvironment>;
