import type { SandboxRule } from '#contracts';
import { noIsolation, type Bind, type Isolation } from '#transform-sdk';
import { stricterRule } from './sandbox-rule.js';

/** What a worker was told and what its machine has. `sandbox` null: as the site says. */
export type OwnIsolation = Omit<Isolation, 'sandbox' | 'binds'> & {
  readonly sandbox: SandboxRule | null;
  /** Asked anew for each program. */
  readonly binds: () => readonly Bind[];
};

/** A worker that keeps nothing apart. */
export const noOwnIsolation: OwnIsolation = { ...noIsolation, binds: () => [] };

/** How programs are kept apart at a worker under what its site says, which may change while it runs. */
export class WorkerIsolation {
  private now: Isolation | null = null;

  constructor(private readonly own: OwnIsolation) {}

  /** The same object for as long as the rule stays: it is asked for once a job. Its binds are looked up by who needs them. */
  under(site: SandboxRule): Isolation {
    const sandbox = stricterRule(site, this.own.sandbox);
    if (this.now?.sandbox === sandbox) return this.now;
    const { binds: lookUp, ...own } = this.own;
    this.now = {
      ...own,
      sandbox,
      get binds() {
        return lookUp();
      },
    };
    return this.now;
  }
}
