/**
 * Every fault point there is, by the part that passes it: where a process can be made to die at the worst moment. The fault
 * suite hits each at least once. What each stands for is said here and nowhere else.
 */
export const faultPoints = [
  /** Tasks of a chunk are written, their transaction is open. */
  'api.afterInsert',
  /** A chunk is written whole, its transaction is open. */
  'api.beforeCommit',
  /** An upload was opened; who asked has not heard. */
  'api.afterCommitBeforeReply',
  /** A chunk has its number, but none of its jobs. */
  'ingest.midChunk',
  /** All chunks are stored, the seal was asked for and is not written down. */
  'ingest.beforeSeal',
  /** A command was taken, nothing of it is done. */
  'dag.afterClaim',
  /** Jobs have ended and some of their children are released, in an open transaction. */
  'dag.midRelease',
  /** A command is done; nobody was told. */
  'dag.afterCommit',
  /** Jobs were granted; no worker knows. */
  'broker.afterLeaseBeforeReply',
  /** Beats are written down; no worker was answered. */
  'broker.afterHeartbeat',
  /** Events were read from the outbox. */
  'relay.afterSelect',
  /** A message is on its way to stream EVENT, others of the same step are not. */
  'relay.midBatch',
  /** The stream has a message, the outbox does not know. */
  'relay.afterPublish',
  /** The stream has all messages of a step, the outbox does not know. */
  'relay.beforeMark',
  /** Attempts have ended in an open transaction; their events are not written. Items: ordinals of their jobs. */
  'apply.midBatch',
  /** A settle is written whole, its transaction is open. */
  'apply.beforeCommit',
  /** A settle is committed; the stream does not know. */
  'apply.afterCommitBeforeAck',
  /** The stream was told that messages are settled. */
  'apply.afterAck',
  /** Sessions were found lost; what they held is not given up. */
  'reaper.mid',
  /** What lost sessions held is given up, in stream TERMINAL. */
  'reaper.afterCommit',
  /** A worker has a lease, nothing of it has started. */
  'worker.afterLease',
  /** A job has just started; with a later hit others are under way. */
  'worker.midRun',
  /** Ends are in the journal, not reported. */
  'worker.beforeReport',
  /** A report was answered; the journal still has it. */
  'worker.afterReportBeforeReply',
] as const;

export type FaultPoint = (typeof faultPoints)[number];

/** @param items what the batch that passes has in hand, where the point says so */
export type PassFaultPoint = (point: FaultPoint, items?: readonly number[]) => void;
