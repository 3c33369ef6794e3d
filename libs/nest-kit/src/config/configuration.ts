import { readFileSync } from 'node:fs';
import { HttpEnvironment, ServiceEnvironment, type SizeLimits, sizeLimitsOf } from '#contracts';

/** What one process was told by its environment, checked. */
export interface Configuration {
  /** Name of the service, as logs and pg_stat_activity show it. */
  service: string;
  databaseUrl: string;
  natsUrl: string;
  supervised: boolean;
  /** How large a workflow may be. */
  limits: SizeLimits;
  /** An upload that got no chunk for so long is removed. */
  uploadKeepHours: number;
  /** Sites that a broker sees to at its start; null: none. */
  sitesFile: string | null;
}

/** Where the front door listens, and the token that opens it. */
export interface HttpConfiguration {
  host: string;
  /** 0: any free port. */
  port: number;
  token: string;
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
    supervised: read.data.SLUICE_SUPERVISED === '1',
    limits: sizeLimitsOf(read.data),
    uploadKeepHours: read.data.SLUICE_UPLOAD_KEEP_HOURS,
    sitesFile: read.data.SLUICE_SITES_FILE || null,
  };
}

/** @throws BadConfiguration naming every variable that is missing or wrong, or why the token cannot be read */
export function readHttpConfiguration(service: string, environment: Environment): HttpConfiguration {
  const read = HttpEnvironment.safeParse(environment);
  if (!read.success) throw badVariables(service, read.error.issues);
  return {
    host: read.data.SLUICE_HTTP_HOST,
    port: read.data.SLUICE_HTTP_PORT,
    token: readToken(read.data.SLUICE_TOKEN_FILE),
  };
}

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
