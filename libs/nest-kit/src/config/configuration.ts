import { readFileSync } from 'node:fs';
import type { ObjectStoreKeys } from '#adapter-files';
import { HttpEnvironment, ServiceEnvironment, type SizeLimits, sizeLimitsOf } from '#contracts';

/** What one process was told by its environment, checked. */
export interface Configuration {
  /** Name of the service, as logs and pg_stat_activity show it. */
  service: string;
  databaseUrl: string;
  natsUrl: string;
  /** Monitoring ports of NATS; null: not known. */
  natsMonitorUrl: string | null;
  supervised: boolean;
  /** How large a workflow may be. */
  limits: SizeLimits;
  /** How many times as fast the clocks of a trial go; 1. */
  clockScale: number;
  /** An upload that got no chunk for so long is removed. */
  uploadKeepHours: number;
  /** When ended workflows are archived (null: by order only), and where their files go (null: nowhere); null: never. */
  archive: { afterDays: number | null; place: string | null } | null;
  /** Events that the stream has stored, and what was reported, are kept for so long. */
  eventKeepDays: number;
  /** Orders are on record for so long; null: for good. */
  auditKeepDays: number | null;
  /** What stream EVENT may grow to. */
  eventMib: number;
  /** Jobs of one range of tables. */
  rangeJobs: number;
  /** Sites that a broker sees to at its start; null: none. */
  sitesFile: string | null;
}

/** Where the front door listens, and the token that opens it. */
export interface HttpConfiguration {
  host: string;
  /** 0: any free port. */
  port: number;
  /** Calls that one caller may make in a second; 0: any number. */
  callsPerSec: number;
  token: string;
  /** Where files of spaces are; null: nowhere, and there are none. */
  files: FileConfiguration | null;
  /** Grants that the gateway sees to at its start; null: none. */
  grantsFile: string | null;
  /** Whether others than the local user may come: then a space must be made before anything is submitted to it. */
  hasIdentity: boolean;
  /** Issuers whose tokens are taken besides; null: none. */
  issuersFile: string | null;
}

export interface FileConfiguration {
  /** An absolute folder, or the address of a bucket. */
  place: string;
  /** Of a bucket; null for a folder. */
  keys: ObjectStoreKeys | null;
  /** Largest file. */
  bytesMax: number;
  /** Of a space whose quota does not say; null: whatever the store holds. */
  spaceBytesMax: number | null;
  /** Of full logs of such a space. */
  spaceLogBytesMax: number | null;
}

/** The environment lacks something or is wrong: the operator must mend it, trying again does not help. */
export class BadConfiguration extends Error {
  override readonly name = 'BadConfiguration';
}

type Environment = Record<string, string | undefined>;

/** Shortest token accepted: 128 bits as hex. */
const tokenCharsMin = 32;

/** @throws BadConfiguration naming every variable that is missing or wrong */
export function readConfiguration(service: string, environment: Environment): Configuration {
  const read = ServiceEnvironment.safeParse(environment);
  if (!read.success) throw badVariables(service, read.error.issues);
  return {
    service,
    databaseUrl: read.data.DATABASE_URL,
    natsUrl: read.data.NATS_URL,
    natsMonitorUrl: read.data.NATS_MONITOR_URL || null,
    supervised: read.data.SLUICE_SUPERVISED === '1',
    limits: sizeLimitsOf(read.data),
    clockScale: read.data.SLUICE_CLOCK_SCALE,
    uploadKeepHours: read.data.SLUICE_UPLOAD_KEEP_HOURS,
    archive: archiveOf(read.data),
    eventKeepDays: read.data.SLUICE_EVENT_KEEP_DAYS,
    auditKeepDays: read.data.SLUICE_AUDIT_KEEP_DAYS === 'never' ? null : read.data.SLUICE_AUDIT_KEEP_DAYS,
    eventMib: read.data.SLUICE_EVENT_STREAM_MIB,
    rangeJobs: read.data.SLUICE_RANGE_JOBS,
    sitesFile: read.data.SLUICE_SITES_FILE || null,
  };
}

/** Where nobody said where files go nothing is archived: what cannot be had back is not given up by default. */
function archiveOf({ SLUICE_ARCHIVE_AFTER_DAYS: after, SLUICE_ARCHIVE_DIR: place }: ServiceEnvironment) {
  if (place === undefined) return null;
  return { afterDays: after === 'never' ? null : after, place: place === 'none' ? null : place };
}

/** @throws BadConfiguration naming every variable that is missing or wrong, or why the token cannot be read */
export function readHttpConfiguration(service: string, environment: Environment): HttpConfiguration {
  const read = HttpEnvironment.safeParse(environment);
  if (!read.success) throw badVariables(service, read.error.issues);
  return {
    host: read.data.SLUICE_HTTP_HOST,
    port: read.data.SLUICE_HTTP_PORT,
    callsPerSec: read.data.SLUICE_CALLS_PER_SEC,
    token: readToken(read.data.SLUICE_TOKEN_FILE),
    files: filesOf(read.data),
    grantsFile: read.data.SLUICE_GRANTS_FILE || null,
    hasIdentity: Boolean(read.data.SLUICE_GRANTS_FILE || read.data.SLUICE_ISSUERS_FILE),
    issuersFile: read.data.SLUICE_ISSUERS_FILE || null,
  };
}

/** @throws BadConfiguration for a bucket without keys */
function filesOf(environment: HttpEnvironment): FileConfiguration | null {
  const { SLUICE_FILE_STORE: place, SLUICE_FILE_MIB: mib } = environment;
  if (place === undefined) return null;
  return {
    ...{ place, keys: place.startsWith('/') ? null : keysOf(environment), bytesMax: mib * mibBytes },
    spaceBytesMax: bytesOf(environment.SLUICE_SPACE_FILE_GIB),
    spaceLogBytesMax: bytesOf(environment.SLUICE_SPACE_LOG_GIB),
  };
}

function keysOf(environment: HttpEnvironment): ObjectStoreKeys {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  if (!accessKeyId || !secretAccessKey)
    throw new BadConfiguration('SLUICE_FILE_STORE is a bucket: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY too');
  const { AWS_REGION: region, AWS_SESSION_TOKEN: sessionToken } = environment;
  return { region, accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

const bytesOf = (size: number | 'none'): number | null => (size === 'none' ? null : Math.round(size * gib));

const mibBytes = 1024 * 1024;
const gib = 1024 * mibBytes;

interface Issue {
  path: readonly PropertyKey[];
  message: string;
}

function badVariables(service: string, issues: readonly Issue[]): BadConfiguration {
  const lines = issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`);
  return new BadConfiguration(
    `${service} cannot start, its environment is wrong: ${lines.join('; ')}. See "Environment" in ARCHITECTURE.md`,
  );
}

function readToken(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new BadConfiguration(`SLUICE_TOKEN_FILE: ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (text.length < tokenCharsMin || /\s/.test(text)) {
    throw new BadConfiguration(`SLUICE_TOKEN_FILE: ${file} must hold one token of ${tokenCharsMin} characters or more`);
  }
  return text;
}
