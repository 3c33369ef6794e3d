const allowed = /^[\w.-]+$/;

/**
 * Gives names ids that the schema of WfFormat allows: letters, digits, `-`, `_` and `.`. A name that is one already keeps
 * it, if all such names were reserved before the first other one asked.
 */
export class IdTable {
  private readonly ids = new Map<string, string>();
  private readonly taken = new Set<string>();

  /** Keeps a name that may be an id for itself. */
  reserve(name: string): void {
    if (!allowed.test(name)) return;
    this.taken.add(name);
    this.ids.set(name, name);
  }

  idOf(name: string): string {
    const id = this.ids.get(name) ?? this.free(name.replace(/[^\w.-]+/g, '_').slice(0, 200));
    this.taken.add(id);
    this.ids.set(name, id);
    return id;
  }

  private free(stem: string): string {
    if (stem !== '' && !this.taken.has(stem)) return stem;
    for (let no = this.taken.size; ; no++) if (!this.taken.has(`${stem}_${no}`)) return `${stem}_${no}`;
  }
}
