import { fillPlaceholdersWithin, placeholdersWithin, placeholderValues } from '#contracts';
import type { JobFacts } from '#transform-sdk';

/**
 * The params that one job runs with, before its transform checks them.
 * @param common its template's
 * @param own laid over them, key by key; what is no object replaces them whole
 * @param job fills the placeholders in their texts
 */
export function paramsOf(common: unknown, own: unknown, job: JobFacts): unknown {
  const merged = mergedParams(common, own);
  return placeholdersWithin(merged).length === 0 ? merged : fillPlaceholdersWithin(merged, placeholderValues(job));
}

function mergedParams(common: unknown, own: unknown): unknown {
  if (own === undefined) return common ?? {};
  return isPlain(common) && isPlain(own) ? { ...common, ...own } : own;
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
