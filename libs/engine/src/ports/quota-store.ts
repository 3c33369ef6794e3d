import type { QuotaView } from '#contracts';

/** Caps; undefined: it stays as it is. */
export interface QuotaCaps {
  capFileBytes?: number | null | undefined;
  capQueuedJobs?: number | null | undefined;
}

/** Where a quota stands in the list of all. */
export type QuotaPlace = Pick<QuotaView, 'kind' | 'name' | 'issuer'>;

/** What spaces and users may keep and have open. */
export interface QuotaStore {
  /** Those with a cap of their own, by kind, name and issuer. @param page `after` null: from the first */
  page(page: { after: QuotaPlace | null; rows: number }): Promise<QuotaView[]>;
  set(whose: Pick<QuotaView, 'kind' | 'issuer' | 'name'>, caps: QuotaCaps): Promise<QuotaView>;
}
