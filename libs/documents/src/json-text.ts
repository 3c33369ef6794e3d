import { scanJson, type JsonFault } from './json-scan.js';
import { documentDepthMax } from './plain-value.js';

/** What a JSON text holds, or why it may not be taken. */
export type JsonRead = { value: unknown } | { faults: JsonFault[] };

/**
 * Reads JSON text strictly: JSON.parse takes a key that stands twice, 1e999 and 2^53+1 in silence, this does not.
 * @param topLevels see scanJson()
 */
export function readJson(text: string, topLevels = 0): JsonRead {
  const value = parsed(text);
  // NaN is equal to nothing, so a value that could not be counted goes to the slow scan too.
  if (value !== undefined && keysIn(value, documentDepthMax + topLevels) === colonsIn(text)) return { value };
  const faults = scanJson(text, topLevels);
  if (faults.length > 0) return { faults };
  if (value === undefined) throw new Error('JSON.parse refuses a text that the scan takes: a bug in json-scan.ts');
  // Only numbers such as 1e34 come here: whole, large, and kept as they are written.
  return { value };
}

/** Line and column of an offset, both from 1. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf('\n'); end !== -1 && end < offset; end = text.indexOf('\n', start)) {
    line++;
    start = end + 1;
  }
  return { line, column: offset - start + 1 };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Keys of all objects in a value; NaN when it is too deep or holds a number that may not be what was written. */
function keysIn(value: unknown, depthLeft: number): number {
  if (typeof value === 'number') return Number.isSafeInteger(value) || isFraction(value) ? 0 : NaN;
  if (typeof value !== 'object' || value === null) return 0;
  if (depthLeft === 0) return NaN;
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) keys += keysIn(item, depthLeft - 1);
    return keys;
  }
  for (const key of Object.keys(value)) keys += 1 + keysIn((value as Record<string, unknown>)[key], depthLeft - 1);
  return keys;
}

const isFraction = (value: number): boolean => Number.isFinite(value) && !Number.isInteger(value);

const quote = 34;
const backslash = 92;
const colon = 58;

/** Colons outside texts: one for each key that is written, so fewer keys in the value mean that one stood twice. */
function colonsIn(text: string): number {
  let colons = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === quote) inText = !inText;
    else if (unit === colon && !inText) colons++;
    else if (unit === backslash) i++;
  }
  return colons;
}
