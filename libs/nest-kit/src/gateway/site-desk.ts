import { Inject, Injectable } from '@nestjs/common';
import { ServiceClient } from '#adapter-nats';
import { type HintSite, subjects } from '#contracts';
import type { SitePorts, SiteStore } from '#engine';
import { SITE_STORE } from './stores.js';

/** What orders about sites and workers need: their store, and the hint that tells brokers. */
@Injectable()
export class SiteDesk implements SitePorts {
  readonly hints: SitePorts['hints'] = {
    changed: (what) => this.services.hint(subjects.hintSite, what satisfies HintSite),
  };

  constructor(
    private readonly services: ServiceClient,
    @Inject(SITE_STORE) readonly sites: SiteStore,
  ) {}
}
