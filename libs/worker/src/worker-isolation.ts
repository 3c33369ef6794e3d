import type { SandboxRule } from '#contracts';
import { noIsolation, type Isolation } from '#transform-sdk';
import { stricterRule } from './sandbox-rule.js';

/** What a worker was told and what its machine has. `sandbox` null: as the site says. */
export type OwnIsolation = Omit<Isolation, 'sandbox'> & { readonly sandbox: SandboxRule | null };

/** How programs are kept apart at a worker under what its site says, which may change while it runs. */
export class WorkerIsolation {
  private now: Isolation = noIsolation;

  constructor(private readonly own: OwnIsolation) {}

  /** The same object for as long as nothing changes: it is asked for once a job. */
  under(site: SandboxRule): Isolation {
    const sandbox = stricterRule(site, this.own.sandbox);
    if (this.now === noIsolation || this.now.sandbox !== sandbox) this.now = { ...this.own, sandbox };
    return this.now;
  }
}
