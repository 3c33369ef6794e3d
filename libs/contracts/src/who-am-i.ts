import { z } from 'zod';
import { LoginSettings } from './issuer.js';

/** Where tokens that this server takes are to be had. */
export const LoginView = z.object({ issuers: z.array(LoginSettings.extend({ issuer: z.string() })) });
export type LoginView = z.infer<typeof LoginView>;

/** Who the server takes a caller for. */
export const WhoAmI = z.object({
  issuer: z.string(),
  subject: z.string(),
  /** For showing only. */
  name: z.string().nullable(),
  kind: z.enum(['user', 'service', 'site']),
  groups: z.array(z.string()),
  /** What the caller may, by space; `*`: in every space. */
  roles: z.array(z.object({ space: z.string(), role: z.string() })),
  /** Of a token that may do less than its owner. */
  restricted: z
    .object({ spaces: z.array(z.string()).nullable(), role: z.string().nullable(), site: z.string().nullable() })
    .nullable(),
  /** When its token ends; null: it does not end, or the server cannot tell. */
  tokenEndsAt: z.string().nullable(),
});
export type WhoAmI = z.infer<typeof WhoAmI>;
