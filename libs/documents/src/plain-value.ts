import { shown } from '#core';
import type { ValueFault } from './fault.js';
import { isGoodText, textFault } from './text-rule.js';
import { step } from './where.js';

/** Deepest nesting of a header or of one job: deeper values cannot be written out again safely. */
export const documentDepthMax = 32;

/** Fast answer for the usual case: good text throughout, finite numbers, at most 32 deep, no `__proto__`. */
export function isPlain(value: unknown, depthLeft = documentDepthMax): boolean {
  if (typeof value === 'string') return isGoodText(value);
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depthLeft === 0) return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depthLeft - 1));
  for (const key of Object.keys(value)) {
    if (key === '__proto__' || !isGoodText(key)) return false;
    if (!isPlain((value as Record<string, unknown>)[key], depthLeft - 1)) return false;
  }
  return true;
}

/** @returns what isPlain() disliked; empty when it is plain. */
export function plainFaults(value: unknown, pointer = '', depthLeft = documentDepthMax): ValueFault[] {
  if (typeof value === 'string') return textFaults('the text', value, pointer);
  if (typeof value === 'number' && !Number.isFinite(value)) return [notFinite(value, pointer)];
  if (typeof value !== 'object' || value === null) return [];
  if (depthLeft === 0) return [tooDeep(pointer)];
  return Object.entries(value).flatMap(([key, item]) => {
    const place = pointer + step(key);
    const ofKey = key === '__proto__' ? [protoKey(place)] : textFaults('the key', key, place);
    return [...ofKey, ...plainFaults(item, place, depthLeft - 1)];
  });
}

/** The fault of a value that is nested too deep. */
export const tooDeep = (pointer: string): ValueFault => ({
  code: 'TOO_LARGE',
  pointer,
  message: `values are nested deeper than ${documentDepthMax} here`,
  remedy: `At most ${documentDepthMax} levels: keep deep structures in a file that the job reads.`,
});

/** The fault of a number that cannot be kept as it is written. */
export const inexactNumber = (literal: string, pointer: string): ValueFault => ({
  code: 'RANGE',
  pointer,
  message: `the number ${literal.slice(0, 40)} cannot be kept exactly`,
  remedy: 'Whole numbers reach to 9,007,199,254,740,991: write a larger one, or an id, as a text in quotes.',
});

const notFinite = (value: number, pointer: string): ValueFault => inexactNumber(String(value), pointer);

const protoKey = (pointer: string): ValueFault => ({
  code: 'UNKNOWN_FIELD',
  pointer,
  message: `${shown('__proto__')} is not a name that a document may use`,
  remedy: 'Take it away or name it differently.',
});

function textFaults(what: string, text: string, pointer: string): ValueFault[] {
  const fault = textFault(what, text);
  return fault ? [{ ...fault, pointer }] : [];
}
