/**
 * Owns whether this worker's site lets it run jobs. It hears of that from every answer; the last one counts.
 *
 * G1  Of a site that is not open nothing starts: what is queued goes back, and what was granted on the way too.
 * G2  At a site that is stopped what runs is ended too, and reported as evicted by order.
 * G3  A worker of a closed site stays, asks idle, and goes on by itself once the site is open.
 */
import { openSite, type SiteRule, type SiteState } from '#contracts';
import type { WorkerLog } from './worker-log.js';

interface Parts {
  /** Gives back what has not started. @returns how many */
  giveBack: () => number;
  /** Ends what runs. @returns how many */
  evict: (message: string) => number;
  /** The worker may ask for jobs again, or has to stop asking for them. */
  turned: () => void;
  log: WorkerLog;
}

export class SiteGate {
  private rule: SiteRule = openSite;

  constructor(
    private readonly site: string,
    private readonly parts: Parts,
  ) {}

  get isOpen(): boolean {
    return this.rule.state === 'open';
  }

  /** How payloads are to be confined here. */
  get sandbox(): SiteRule['sandbox'] {
    return this.rule.sandbox;
  }

  /** @param rule missing: the gateway knows no sites, so that nothing can be closed */
  heard(rule: SiteRule = openSite): void {
    const before = this.rule.state;
    this.rule = rule;
    if (before === rule.state) return;
    const returned = this.isOpen ? 0 : this.parts.giveBack();
    const evicted = rule.state === 'stopped' ? this.parts.evict(`site ${this.site} was stopped`) : 0;
    this.parts.log(levels[rule.state], `site.${rule.state}`, { site: this.site, returned, evicted });
    this.parts.turned();
  }

  /** Jobs came that were granted before the site closed. @see G1 */
  tookJobs(): void {
    if (!this.isOpen) this.parts.giveBack();
  }
}

const levels: Readonly<Record<SiteState, 'info' | 'warn'>> = { open: 'info', draining: 'warn', stopped: 'warn' };
