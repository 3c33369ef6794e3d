import { StoreUnavailable, StoreUnfit } from '#engine';

/** SQLSTATE classes and codes that say the server or the connection is at fault, not the statement. */
const infrastructure = /^(08|40|53|57|58)|^55|^25P0[34]$|^25006$/;
/**
 * Those that say the database is not as this build needs it, and every statement like this one fails: cached plans, rights,
 * prepared statements, databases, schemas, configuration, broken pages.
 */
const unfit = /^(0A|25|26|28|3D|3F|42|F0)|^XX00[12]$/;

/** What the operating system says of a line that is not there, or not any more; of files it has other words. */
const lineErrno = /^E(CONN[A-Z]+|PIPE|TIMEDOUT|(HOST|NET)(DOWN|UNREACH)|NOTFOUND|AI_[A-Z]+)$/;

/** SQLSTATE query_canceled: what statement_timeout does. */
const tooLong = '57014';

const codeOf = (cause: unknown): string => {
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

/** No SQLSTATE begins with an E; EPIPE is a word of the operating system. */
const sqlState = (cause: unknown): string | null => {
  const code = codeOf(cause);
  return /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code) ? code : null;
};

/**
 * Tells a fault of infrastructure (typed, may be tried again) and of a database that is not as it should be (typed) from a
 * bug or bad data (handed on as it is).
 */
export function storeFault(what: string, cause: unknown): unknown {
  if (cause instanceof StoreUnavailable || cause instanceof StoreUnfit) return cause;
  const state = sqlState(cause);
  if (state !== null) {
    if (infrastructure.test(state)) return new StoreUnavailable(what, { cause });
    return unfit.test(state) ? new StoreUnfit(what, { cause }) : cause;
  }
  return lineErrno.test(codeOf(cause)) ? new StoreUnavailable(what, { cause }) : cause;
}

/**
 * storeFault() of what the client itself threw at a statement: without an SQLSTATE no server refused it, so the line to it
 * is at fault, whatever the client calls that; unless a value could not be written down.
 */
export function clientFault(what: string, cause: unknown): unknown {
  const fault = storeFault(what, cause);
  const isOurs = sqlState(cause) !== null || cause instanceof TypeError || cause instanceof RangeError;
  return fault === cause && !isOurs ? new StoreUnavailable(what, { cause }) : fault;
}

/** Was a statement cut off since it took longer than a statement may? @param fault as a store throws it */
export const isTooLong = (fault: unknown): boolean =>
  fault instanceof StoreUnavailable && codeOf(fault.cause) === tooLong;
