/**
 * Owns which request for jobs is granted. Production holds to it by a unique key of `lease`.
 *
 * Q1  A request of a session is granted once. Asked again, because its answer was lost, it gets what it got, whatever has
 *     become of that since; no other job is granted for it.
 * Q2  A request that got nothing was not granted: asked again it may get something.
 */
export interface RequestKey {
  session: string;
  /** The worker's own: another session may use the same. */
  requestId: string;
}

export class LeaseRequests<Grant> {
  private readonly granted = new Map<string, readonly Grant[]>();

  /** @returns `repeated`: it was granted before, and nothing is granted now. @see Q1 */
  grant(request: RequestKey, grants: readonly Grant[]): 'granted' | 'repeated' {
    const key = keyOf(request);
    if (this.granted.has(key)) return 'repeated';
    if (grants.length > 0) this.granted.set(key, grants); // Q2
    return 'granted';
  }

  /** What it was granted. */
  grantedTo(request: RequestKey): readonly Grant[] {
    return this.granted.get(keyOf(request)) ?? [];
  }
}

const keyOf = ({ session, requestId }: RequestKey): string => `${session}/${requestId}`;
