import type { JobFilter } from '#contracts';
import { reasonCode, stateCode } from '#core';
import type { OpenChoice } from '../ports/transition-store.js';

/** Codes of the states in which an order about jobs finds some. */
export const openStates = [stateCode.waiting, stateCode.ready, stateCode.leased];

/** A filter as the store takes it. States that are no open ones choose nothing. @param paused by themselves; null: either way */
export const choiceOf = (filter: JobFilter, { paused }: { paused: boolean | null }): OpenChoice => ({
  paused,
  labels: filter.labels ?? null,
  states: filter.states?.map((state) => stateCode[state]).filter((code) => code <= stateCode.leased) ?? null,
  ordinals: filter.ordinals ?? null,
  sites: filter.sites ?? null,
  reasons: filter.reasons?.map((reason) => reasonCode[reason]) ?? null,
  exitCodes: filter.exitCodes ?? null,
  fingerprints: filter.fingerprints ?? null,
});
