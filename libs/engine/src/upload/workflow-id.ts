import { WorkflowId } from '#contracts';

const base32 = 'abcdefghijklmnopqrstuvwxyz234567';
const idChars = 10;

/** @param random returns that many random bytes. 50 bits of them become the id. */
export function makeWorkflowId(random: (bytes: number) => Uint8Array): WorkflowId {
  const letters = Array.from(random(idChars), (byte) => base32.charAt(byte & 31));
  return WorkflowId.parse(`w-${letters.join('')}`);
}
