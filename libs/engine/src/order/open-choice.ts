import type { JobFilter, JobState } from '#contracts';
import { reasonCode, stateCode } from '#core';
import type { OpenChoice } from '../ports/transition-store.js';

/** Codes of the states in which an order about jobs finds some. */
export const openStates = [stateCode.waiting, stateCode.ready, stateCode.leased];

/** A filter as the store takes it. States that are no open ones choose nothing. @param paused by themselves; null: either way */
export const choiceOf = (filter: JobFilter, { paused }: { paused: boolean | null }): OpenChoice => ({
  paused,
  labels: filter.labels ?? null,
  states: openStatesOf(filter),
  ordinals: filter.ordinals ?? null,
  sites: filter.sites ?? null,
  reasons: filter.reasons?.map((reason) => reasonCode[reason]) ?? null,
  exitCodes: filter.exitCodes ?? null,
  fingerprints: filter.fingerprints ?? null,
  except: filter.except?.filter((condition) => condition !== 'states') ?? [],
});

/** Codes of the open states that a filter lets through: who ends jobs has to know which. */
function openStatesOf({ states, except }: JobFilter): number[] | null {
  if (states === undefined) return null;
  const codes = states.map((state: JobState): number => stateCode[state]);
  const isNot = except?.includes('states') ?? false;
  return openStates.filter((code) => codes.includes(code) !== isNot);
}
