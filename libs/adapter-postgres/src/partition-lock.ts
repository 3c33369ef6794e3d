/** First key of the advisory locks that say who works on a partition (second key: its number). */
const workLock = 7_368_697;
/** First key of the advisory locks that say which transformer owns a partition. */
export const ownerLock = 7_368_698;

/**
 * The command that makes a transaction wait until it is alone on a partition, to its end. Every transition of job states
 * but leasing takes it first, so that transitions of one workflow never meet, and events of a partition commit in the
 * order of their numbers.
 */
export const partitionLock = (partition: number): string => `select pg_advisory_xact_lock(${workLock}, ${partition})`;
