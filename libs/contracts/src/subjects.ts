/**
 * The only place where NATS subjects are built, and only from our own ids. Text from users never enters one.
 */
const token = /^[A-Za-z0-9_-]{1,64}$/;

/** Whether it may be part of a subject: what a message says of itself may be damaged. */
export const isOwnId = (id: string): boolean => token.test(id);

function own(id: string): string {
  if (!isOwnId(id)) throw new Error(`not one of our ids, so not part of a subject: ${JSON.stringify(id)}`);
  return id;
}

export const streams = { terminal: 'TERMINAL', event: 'EVENT' } as const;

export const subjects = {
  /** Stream TERMINAL, work queue: ends of attempts, by partition. */
  terminal: (partition: number): string => `terminal.${own(String(partition))}`,
  terminalAll: 'terminal.*',
  /** Stream EVENT: what ended, for everybody who listens. */
  event: (partition: number): string => `event.${own(String(partition))}`,
  eventAll: 'event.*',
  /** Hint, may be lost: something became ready. Wakes waiting leases. */
  hintReady: 'hint.ready',
  /** Limits were set or removed: to every broker. */
  hintLimits: 'hint.limits',
  /** Hint, may be lost: weights, spaces or allocations were changed, or use was reported. To every broker. */
  hintShares: 'hint.shares',
  /** Hint, may be lost: a row of workflow_command waits for the owner of a partition. */
  hintCommand: 'hint.command',
  /** Hint, may be lost: a resume gave back-offs back. */
  hintHeld: 'hint.held',
  /** Hint, may be lost: attempts that workers should stop. */
  hintKill: 'hint.kill',
  /** Hint, may be lost: sites were changed, or workers were told to end. */
  hintSite: 'hint.site',
  /** Lease requests of one gateway, in bulk, to one broker. */
  leaseAsk: 'broker.lease-ask',
  /** Lease requests that wait no more, in bulk, to every broker. */
  leaseGone: 'broker.lease-gone',
  /** Their answers, in bulk, to that gateway. */
  leaseAnswer: (gateway: string): string => `gateway.lease-answer.${own(gateway)}`,
  /** Verdicts of TerminalBatches, in bulk, to that gateway. */
  verdict: (gateway: string): string => `gateway.verdict.${own(gateway)}`,
  /** Request and reply with a broker: sessions. */
  sessionRegister: 'broker.session-register',
  sessionEnd: 'broker.session-end',
  heartbeat: 'broker.heartbeat',
  /** Request and reply with a monitor. */
  monitorShow: 'monitor.show',
} as const;

/** Durable name of the consumer of one partition of TERMINAL. */
export const settleConsumer = (partition: number): string => `settle-${partition}`;
