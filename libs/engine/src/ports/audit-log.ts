import type { AuditEntry } from '#contracts';

/** An order as it comes in. */
export interface AuditedOrder {
  by: { issuer: string; subject: string };
  action: string;
  /** What the address named. */
  place: Readonly<Record<string, string>>;
  requestId: string;
  from: string;
}

/** How an order was answered. */
export interface AuditedEnd {
  status: number;
  target: string | null;
  said: string | null;
}

export interface AuditSelection {
  /** Of the entry behind which to go on; null: from the newest. */
  before: string | null;
  subject?: string | undefined;
  action?: string | undefined;
  /** RFC 3339. */
  since?: string | undefined;
  until?: string | undefined;
  rows: number;
}

/** Who ordered what. A1 An order is on record before it is carried out. A2 What is on record is never changed. */
export interface AuditLog {
  /** @returns its id. @throws StoreUnavailable: then the order must not be carried out */
  begin(order: AuditedOrder): Promise<string>;
  end(id: string, end: AuditedEnd): Promise<void>;
  /** Newest first. */
  page(selection: AuditSelection): Promise<AuditEntry[]>;
}
