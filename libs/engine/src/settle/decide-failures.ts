/** Owns what the failed attempts of a settle mean for their jobs. The rules are core's: decide-attempt.ts. */
import { Resources, RetryPolicy } from '#contracts';
import { decideAttempt, fingerprintOf, type AttemptDecision, type FailedAttempt } from '#core';
import type {
  AttemptColumns,
  AttemptPolicy,
  ClassVariant,
  FailedTask,
  SettleTransaction,
} from '../ports/settle-store.js';
import { applyDecision, type Ends } from './attempt-columns.js';
import { avoidingToo, type Places } from './avoided-sites.js';
import { classVariant } from './class-variant.js';
import { reasonWord } from './ended-ledger.js';

/** How a job comes back after a failed attempt. */
export interface Comeback {
  /** 0: at once. */
  delaySec: number;
  /** The class of its own that it gets; null: it keeps the one it has. */
  variant: ClassVariant | null;
}

type Policy = Parameters<typeof decideAttempt>[1];

/** @returns how those that are retried come back, by position in the columns; the columns say the rest. */
export async function decideFailures(
  tx: SettleTransaction,
  { columns, failed, byOrder }: Ends,
): Promise<Map<number, Comeback>> {
  if (failed.length === 0) return new Map();
  const attempts = await tx.readAttempts({
    workflowNo: failed.map((position) => columns.workflowNo[position] ?? ''),
    ordinal: failed.map((position) => columns.ordinal[position] ?? -1),
  });
  const policies = new Map<FailedTask, Policy>();
  const retried: Retried[] = [];
  failed.forEach((position, index) => {
    const read = attempts.get(index);
    if (!read) return; // an unknown job: the fence will find it stale
    const policy = policies.get(read.of) ?? policyOf(read.of);
    policies.set(read.of, policy);
    const failure = { ...failureAt(columns, position, read, policy.memory.askedMib), byOrder: byOrder.has(position) };
    const decision = decideAttempt(failure, policy, read);
    columns.fingerprint[position] = fingerprintOf({ ...failure, label: read.of.label });
    columns.allowedMib[position] = failure.allowedMib === policy.memory.askedMib ? null : failure.allowedMib;
    applyDecision(columns, position, decision);
    if (decision.then === 'retry') retried.push({ position, decision, read });
  });
  const moving = retried.filter(({ decision }) => decision.otherSite).map(({ read }) => read.of.classId);
  const places = moving.length > 0 ? await tx.readPlaces([...new Set(moving)]) : nowhere;
  return new Map(retried.map((one) => [one.position, comebackOf(one, places)]));
}

interface Retried {
  position: number;
  decision: AttemptDecision;
  read: AttemptPolicy;
}

function policyOf(of: FailedTask): Policy {
  const { memoryMib, memoryGrowth, memoryMaxMib } = Resources.parse(JSON.parse(of.resources));
  return {
    ...RetryPolicy.parse(JSON.parse(of.retry)),
    retries: of.retries,
    infraRetries: of.infraRetries,
    memory: { askedMib: memoryMib, growth: memoryGrowth, maxMib: memoryMaxMib },
  };
}

/** What it was allowed is its class's where that is its own; else the worker knows: a task's class may have changed. */
function failureAt(
  columns: AttemptColumns,
  position: number,
  { own, of }: AttemptPolicy,
  askedMib: number,
): FailedAttempt {
  const job = `${columns.workflowNo[position] ?? ''}:${columns.ordinal[position] ?? ''}`;
  return {
    name: `${job}#${columns.attempt[position] ?? ''}`,
    reason: reasonWord(columns.reason[position] ?? 0),
    exitCode: columns.exitCode[position] ?? null,
    signal: columns.signal[position] ?? null,
    message: columns.message[position] ?? null,
    allowedMib: own ? of.memoryMib : (columns.allowedMib[position] ?? askedMib),
    peakMib: columns.peakMemoryMib[position] ?? null,
  };
}

const nowhere: Places = { classes: new Map(), workers: [] };

function comebackOf({ decision, read: { site, of } }: Retried, places: Places): Comeback {
  const { delaySec, memoryMib, otherSite } = decision;
  const avoidSites =
    otherSite && site !== null ? avoidingToo(site, { ...of, memoryMib: memoryMib ?? of.memoryMib }, places) : null;
  const differs = { ...(memoryMib !== null && { memoryMib }), ...(avoidSites && { avoidSites }) };
  return { delaySec, variant: Object.keys(differs).length === 0 ? null : classVariant(of, differs) };
}
