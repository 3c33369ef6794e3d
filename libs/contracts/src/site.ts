import { z } from 'zod';

/**
 * Whether workers of a site get jobs. `draining`: they get none, give back what has not started, and let running jobs end.
 * `stopped`: running jobs are ended too. Its workers stay, and go on when it is opened.
 */
export const SiteState = z.enum(['open', 'draining', 'stopped']);
export type SiteState = z.infer<typeof SiteState>;

/** How payloads are confined. `auto`: where the worker can; `required`: a worker that can't runs none; `off`: never. */
export const SandboxRule = z.enum(['auto', 'required', 'off']);
export type SandboxRule = z.infer<typeof SandboxRule>;

/** What a worker is told of its site: at the register, with each heartbeat, and when an open poll must end for it. */
export const SiteRule = z.object({ state: SiteState, sandbox: SandboxRule });
export type SiteRule = z.infer<typeof SiteRule>;

/** What holds at a site of which nobody has said anything. */
export const openSite: SiteRule = { state: 'open', sandbox: 'auto' };
