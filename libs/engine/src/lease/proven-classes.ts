import type { Proven } from '#core';
import type { GrantPlan } from '../ports/lease-store.js';

/**
 * Knows of each session which class of unknown time its latest leases were of. That it asks again with room for more says
 * that it is through with those: what still runs it does not call free.
 */
export class ProvenClasses {
  private readonly latest = new Map<string, Proven>();

  of(session: string): Proven | null {
    return this.latest.get(session) ?? null;
  }

  /** These were granted. */
  note({ slices, workers, rows }: GrantPlan): void {
    const unknown = new Map<number, number>();
    for (const { worker, row } of slices) {
      const { needs } = rows[row] ?? {};
      if (needs?.usualMs === null) unknown.set(worker, needs.classId);
    }
    workers.forEach(({ session }, no) => {
      const classId = unknown.get(no);
      const before = this.latest.get(session);
      if (classId === undefined) this.latest.delete(session);
      else this.latest.set(session, { classId, leases: before?.classId === classId ? before.leases + 1 : 1 });
    });
  }

  /** Forgets all but these sessions. */
  keep(sessions: { has: (session: string) => boolean }): void {
    for (const session of this.latest.keys()) if (!sessions.has(session)) this.latest.delete(session);
  }
}
