import type { Proven } from '#core';
import type { GrantPlan } from '../ports/lease-store.js';

/** Most classes remembered of one session: those of its latest leases. */
const classesMax = 32;

/**
 * Knows of each session of which classes of unknown time its latest leases were. That it asks again with room for more
 * says that it is through with those: what still runs it does not call free.
 */
export class ProvenClasses {
  private readonly leases = new Map<string, Map<number, number>>();

  of(session: string): Proven | null {
    return this.leases.get(session) ?? null;
  }

  /** These were granted. A worker that got nothing of unknown time has proven nothing any more. */
  note({ slices, workers, rows }: GrantPlan): void {
    const unknown = workers.map(() => new Set<number>());
    for (const { worker, row } of slices) {
      const { needs } = rows[row] ?? {};
      if (needs?.usualMs === null) unknown[worker]?.add(needs.classId);
    }
    workers.forEach(({ session }, no) => this.noteOf(session, unknown[no] ?? new Set()));
  }

  /** Forgets all but these sessions. */
  keep(sessions: { has: (session: string) => boolean }): void {
    for (const session of this.leases.keys()) if (!sessions.has(session)) this.leases.delete(session);
  }

  private noteOf(session: string, classes: ReadonlySet<number>): void {
    if (classes.size === 0) {
      this.leases.delete(session);
      return;
    }
    const known = this.leases.get(session) ?? new Map<number, number>();
    this.leases.set(session, known);
    for (const id of classes) {
      const before = known.get(id) ?? 0;
      known.delete(id);
      known.set(id, before + 1);
    }
    for (const id of known.keys()) {
      if (known.size <= classesMax) break;
      known.delete(id);
    }
  }
}
