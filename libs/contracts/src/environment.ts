import { z } from 'zod';

const url = (...schemes: string[]): z.ZodString =>
  z.string('is not set').regex(new RegExp(`^(${schemes.join('|')})://.+`), `must be an address: ${schemes[0]}://...`);

/** The environment that every service reads. Unknown variables are left alone. */
export const ServiceEnvironment = z.object({
  DATABASE_URL: url('postgresql', 'postgres'),
  /** May carry `user:password@` or `token@`; several servers are separated by commas. */
  NATS_URL: url('nats', 'tls'),
  /** Started by the supervisor over IPC: say when ready, end when the channel closes. */
  SLUICE_SUPERVISED: z.enum(['0', '1']).default('0'),
});
export type ServiceEnvironment = z.infer<typeof ServiceEnvironment>;

/** What a service with an HTTP front door reads on top. */
export const HttpEnvironment = z.object({
  SLUICE_HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  /** 0: any free port. */
  SLUICE_HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(7_070),
  /** File with the token that every route asks for; mode 0600. */
  SLUICE_TOKEN_FILE: z.string('is not set').min(1),
});
export type HttpEnvironment = z.infer<typeof HttpEnvironment>;
