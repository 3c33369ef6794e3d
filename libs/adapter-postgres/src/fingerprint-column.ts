/** Fingerprints are 16 hex digits to people and a signed bigint, as text, to PostgreSQL. */
export function storedFingerprint(fingerprint: string): string;
export function storedFingerprint(fingerprint: string | null): string | null;
export function storedFingerprint(fingerprint: string | null): string | null {
  return fingerprint === null ? null : BigInt.asIntN(64, BigInt(`0x${fingerprint}`)).toString();
}

/** @returns the fingerprint as people know it. */
export const shownFingerprint = (stored: string): string =>
  BigInt.asUintN(64, BigInt(stored)).toString(16).padStart(16, '0');
