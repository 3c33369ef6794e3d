import { z } from 'zod';

/** Issuers that one gateway trusts. */
const issuersMax = 50;

const Name = z.string().min(1).max(1_000);

/** Parameters that the command line sets itself. */
const ownParameters = ['client_id', 'scope', 'grant_type', 'device_code', 'refresh_token', 'client_secret'];

/** How `sluice login` asks an issuer for a token. */
export const LoginSettings = z.strictObject({
  /** The command line is a public client: whoever runs it can read what it knows, so it has no secret. */
  clientId: Name,
  scopes: z.array(Name).max(50).default(['openid', 'offline_access']),
  /** Which of its tokens is sent here: the access token, or the ID token where access tokens cannot be read. */
  token: z.enum(['access', 'id']).default('access'),
  /** Sent along by name, such as `resource` or `audience`: some issuers ask for it before they write our audience. */
  parameters: z
    .record(Name, Name)
    .default({})
    .refine((given) => ownParameters.every((name) => !(name in given)), `none of ${ownParameters.join(', ')}`),
});
export type LoginSettings = z.infer<typeof LoginSettings>;

/** One OpenID Connect issuer whose tokens are taken. */
export const IssuerSettings = z.strictObject({
  /** Exactly as its tokens and its discovery document say it. */
  issuer: z.url({ protocol: /^https?$/ }).max(1_000),
  /** What must stand in `aud`, character by character; of several, one. */
  audience: z.union([Name, z.array(Name).min(1).max(20)]),
  /** The claim that lists groups, such as `groups` or `wlcg.groups`. */
  groupsClaim: Name.default('groups'),
  /** Left out: nobody can log in there by `sluice login`; tokens of it are taken all the same. */
  login: LoginSettings.optional(),
  /** For trials: an http issuer on this machine itself. */
  insecureLoopback: z.boolean().default(false),
});
export type IssuerSettings = z.infer<typeof IssuerSettings>;

/** The file that SLUICE_ISSUERS_FILE names. */
export const IssuersFile = z.strictObject({ issuers: z.array(IssuerSettings).min(1).max(issuersMax) });
export type IssuersFile = z.infer<typeof IssuersFile>;
