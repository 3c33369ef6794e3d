import { StoreUnavailable } from '#engine';

/** SQLSTATE classes and codes that say the server or the connection is at fault, not the statement. */
const infrastructure = /^(08|40|53|57|58)|^55P03$|^25P03$|^25006$/;

/** Tells a fault of infrastructure (typed, may be tried again) from a bug or bad data (handed on as it is). */
export function storeFault(what: string, cause: unknown): unknown {
  if (cause instanceof StoreUnavailable) return cause;
  const code = (cause as { code?: unknown } | null)?.code;
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) {
    return infrastructure.test(code) ? new StoreUnavailable(what, { cause }) : cause;
  }
  const message = cause instanceof Error ? cause.message : '';
  const lostConnection = typeof code === 'string' || /connection|terminat|timeout|socket|released/i.test(message);
  return lostConnection ? new StoreUnavailable(what, { cause }) : cause;
}
