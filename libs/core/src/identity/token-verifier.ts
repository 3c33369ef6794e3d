import type { Caller } from './caller.js';

/** Knows tokens of one kind. */
export interface TokenVerifier {
  /**
   * @returns null: not one of ours, ask the next
   * @throws RefusedToken with a reason; a passing fault (`retry: true`) where it cannot be known now
   */
  verify(token: string): Promise<Caller | null>;
}
