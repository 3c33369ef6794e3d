import { messageCharsMax, type TerminalEvent } from '#contracts';
import { JobFailure, type Outputs, type Usage } from '#transform-sdk';
import type { LeasedJob } from './leased-job.js';

/** How an attempt ended, before it is known in which batch that is told. */
export interface EndedAttempt {
  readonly job: LeasedJob;
  readonly event: Omit<TerminalEvent, 'lease'>;
}

/** Longest outputs as JSON text, in characters. */
const outputsCharsMax = 16 * 1024;
/** NUL, or half of a character pair: PostgreSQL's text has neither. */
const unstorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/i;

interface Times {
  startedAtMs: number;
  endedAtMs: number;
}

/** @throws JobFailure reason `rejected` when the outputs cannot be kept */
export function finishedAttempt(
  job: LeasedJob,
  end: Times & { outputs: Outputs | undefined; usage: Usage | undefined },
): EndedAttempt {
  const { startedAtMs, endedAtMs, outputs, usage } = end;
  const event: EndedAttempt['event'] = {
    job: job.id,
    attempt: job.attempt,
    outcome: 'finished',
    startedAtMs,
    endedAtMs,
  };
  if (usage !== undefined) Object.assign(event, usageFacts(usage));
  if (job.task.facts.askedMemoryMib !== undefined) event.allowedMemoryMib = job.task.facts.resources.memoryMib;
  if (typeof usage?.message === 'string') event.message = storableText(usage.message);
  if (outputs !== undefined) event.outputs = keptOutputs(outputs);
  return { job, event };
}

/** @param end.byOrder an operator ended its site or its worker: charged to nobody */
export function failedAttempt(
  job: LeasedJob,
  end: Times & { failure: JobFailure; byOrder?: boolean; usage: Usage | undefined },
): EndedAttempt {
  const { startedAtMs, endedAtMs, failure, byOrder = false, usage } = end;
  const facts = usageFacts({ ...usage, ...definedOf({ exitCode: failure.exitCode, signal: failure.signal }) });
  const told = {
    reason: failure.reason,
    ...(byOrder && { byOrder }),
    message: storableText(failure.message),
  };
  return {
    job,
    event: {
      job: job.id,
      attempt: job.attempt,
      outcome: 'failed',
      startedAtMs,
      endedAtMs,
      ...told,
      ...facts,
      ...allowance(job),
    },
  };
}

/** Given back before it started: charged to nobody. */
export function returnedAttempt(job: LeasedJob, endedAtMs: number): EndedAttempt {
  return { job, event: { job: job.id, attempt: job.attempt, outcome: 'returned', endedAtMs } };
}

/** What it was allowed, where its template asks for another amount: only the worker knows what it was told. */
function allowance({ task: { facts } }: LeasedJob): Pick<TerminalEvent, 'allowedMemoryMib'> {
  return facts.askedMemoryMib === undefined ? {} : { allowedMemoryMib: facts.resources.memoryMib };
}

/** Only what the contract takes: a transform from outside may record nonsense, and one bad event refuses its batch. */
function usageFacts(usage: Usage): Pick<TerminalEvent, 'cpuSec' | 'peakMemoryMib' | 'exitCode' | 'signal'> {
  const { exitCode, signal } = usage;
  return definedOf({
    cpuSec: amount(usage.cpuSec),
    peakMemoryMib: amount(usage.peakMemoryMib),
    exitCode: Number.isInteger(exitCode) && Number(exitCode) >= -1 && Number(exitCode) <= 255 ? exitCode : undefined,
    signal: typeof signal === 'string' ? storableText(signal).slice(0, 20) : undefined,
  });
}

function amount(value: number | undefined): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= 1e9 ? Math.round(value * 1_000) / 1_000 : undefined;
}

function keptOutputs(outputs: Outputs): unknown {
  const text = jsonOf(outputs);
  if (text.length > outputsCharsMax) {
    throw rejected(
      `outputs of ${text.length} characters are over the ${outputsCharsMax} that are kept: write a file instead`,
    );
  }
  if (unstorable.test(text)) throw rejected('outputs hold a NUL or half a character, which cannot be kept');
  return JSON.parse(text);
}

function jsonOf(outputs: Outputs): string {
  try {
    return JSON.stringify(outputs) ?? 'null';
  } catch (cause) {
    throw rejected(`outputs are not JSON: ${String(cause)}`);
  }
}

const rejected = (message: string): JobFailure => new JobFailure({ reason: 'rejected', message });

const storableText = (text: string): string =>
  text
    .replaceAll('\0', '')
    .replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD')
    .slice(-messageCharsMax);

/** Without keys whose value is undefined: JSON leaves them out as well, and so no key is told twice. */
function definedOf<T extends object>(facts: T): T {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as T;
}
