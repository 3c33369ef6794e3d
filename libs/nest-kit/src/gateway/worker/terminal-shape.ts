import { failReasons, messageCharsMax, TerminalBatch, terminalEventsMax } from '#contracts';
import { utf8 } from '../../http/json-body.js';
import { schemaErrors } from '../../http/schema-errors.js';
import { Refusal, refusals } from '../../http/refusal.js';

const outcomes = new Set<unknown>(['finished', 'failed', 'returned']);
const reasons = new Set<unknown>([undefined, ...failReasons]);
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const leaseId = /^\d{1,19}$/;
/** The first byte of U+FEFF in UTF-8; no JSON begins with it. */
const byteOrderMark = 0xef;
const jobShape = /^\d{1,19}:\d{1,10}$/;

/**
 * Reads a report's body. The checks are those of the contract TerminalBatch, by hand because 10 times faster; only a
 * body that fails them is looked at by the contract itself, which then says what is wrong.
 * @throws Refusal 400 for what is no JSON, 422 with every bad place for the wrong shape
 */
export function readTerminalBatch(raw: Buffer): TerminalBatch {
  // It becomes part of a message with others' batches, as it is: there a byte order mark would spoil them all.
  if (raw[0] === byteOrderMark) throw refusals.badJson('a report begins with `{`');
  let body: unknown;
  try {
    body = JSON.parse(utf8(raw));
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw refusals.badJson((cause as Error).message.slice(0, 200));
  }
  if (isTerminalBatch(body)) return body;
  const read = TerminalBatch.safeParse(body);
  if (read.success) return read.data;
  throw refusals.shape(schemaErrors(read.error.issues));
}

/** The same answer as the contract's, or false where the contract has to look closer. */
export function isTerminalBatch(body: unknown): body is TerminalBatch {
  if (!isObject(body)) return false;
  const { batchId, session, partition, leases, events } = body;
  return (
    isText(batchId, 36) &&
    uuid.test(batchId) &&
    isText(session, 20) &&
    isInt(partition, 0, 15) &&
    isList(leases, 1_000) &&
    leases.every(isLease) &&
    isList(events, terminalEventsMax) &&
    events.every(isEvent)
  );
}

function isLease(lease: unknown): boolean {
  return isObject(lease) && isText(lease.id, 19) && leaseId.test(lease.id) && isText(lease.token, 64);
}

function isEvent(event: unknown): boolean {
  return (
    isObject(event) &&
    isInt(event.lease, 0, Number.MAX_SAFE_INTEGER) &&
    isText(event.job, 30) &&
    jobShape.test(event.job) &&
    isInt(event.attempt, 1, 32_767) &&
    outcomes.has(event.outcome) &&
    reasons.has(event.reason) &&
    isInt(event.endedAtMs, 0, Number.MAX_SAFE_INTEGER) &&
    hasGoodExtras(event)
  );
}

/** The parts that a plain success leaves out. */
function hasGoodExtras(event: Record<string, unknown>): boolean {
  const { byOrder, exitCode, signal, startedAtMs, cpuSec, peakMemoryMib, allowedMemoryMib, message } = event;
  return (
    (byOrder === undefined || typeof byOrder === 'boolean') &&
    (exitCode === undefined || isInt(exitCode, -1, 255)) &&
    (signal === undefined || isText(signal, 20)) &&
    (startedAtMs === undefined || isInt(startedAtMs, 0, Number.MAX_SAFE_INTEGER)) &&
    (cpuSec === undefined || isNumber(cpuSec)) &&
    (peakMemoryMib === undefined || isNumber(peakMemoryMib)) &&
    (allowedMemoryMib === undefined || isInt(allowedMemoryMib, 1, 1e9)) &&
    (message === undefined || isText(message, messageCharsMax))
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown, charsMax: number): value is string =>
  typeof value === 'string' && value.length <= charsMax;
const isInt = (value: unknown, min: number, max: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
const isNumber = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1e9;
const isList = (value: unknown, itemsMax: number): value is unknown[] =>
  Array.isArray(value) && value.length >= 1 && value.length <= itemsMax;
