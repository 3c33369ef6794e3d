import type { ReasonWord } from '../codes.js';
import { hashName } from '../seal/name-hash.js';
import { normaliseMessage } from './normalise-message.js';
import { tellingLine } from './telling-line.js';

/** How an attempt failed, as far as it tells which failures are alike. */
export interface Failure {
  label: string;
  reason: ReasonWord;
  exitCode: number | null;
  signal: string | null;
  message: string | null;
}

/**
 * The identity of an error group: equal for failures of one label with the same reason, exit code, signal and normalised
 * message. Fixed for as long as the rules of tellingLine() and normaliseMessage() are: the database holds its values.
 * @returns 16 hex digits: a 64-bit hash. Failures that share one by chance or malice share a group, no more.
 */
export function fingerprintOf({ label, reason, exitCode, signal, message }: Failure): string {
  const said = errorMessage({ reason, message });
  const [low, high] = hashName([label, reason, exitCode ?? '', signal ?? '', said].join('\0'));
  return hex(high) + hex(low);
}

/** What an error group is shown with: the normalised telling line; '' when nothing was said. */
export const errorMessage = ({ reason, message }: Pick<Failure, 'reason' | 'message'>): string =>
  normaliseMessage(tellingLine(message, reason));

const hex = (half: number): string => half.toString(16).padStart(8, '0');
