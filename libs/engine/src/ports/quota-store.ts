import type { QuotaView } from '#contracts';

/** Caps; undefined: it stays as it is. */
export interface QuotaCaps {
  capFileBytes?: number | null | undefined;
  capQueuedJobs?: number | null | undefined;
}

/** What spaces and users may keep and have open. */
export interface QuotaStore {
  /** Those with a cap of their own. */
  list(): Promise<QuotaView[]>;
  set(whose: Pick<QuotaView, 'kind' | 'issuer' | 'name'>, caps: QuotaCaps): Promise<QuotaView>;
}
