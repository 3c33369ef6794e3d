import { obstacles, passes, type ClassNeeds } from '../lease/fits.js';
import type { ClosedSite, WorkerKind } from '../ports/read-store.js';
import { adviceOf } from './remedies.js';

/** A site that keeps jobs from workers that could run them, and by whose order, as far as that is known. */
export type NamedClosedSite = { name: string } & Partial<ClosedSite>;

/** Sites before whose workers no obstacle stands but that they are closed, or one that comes after it. */
export function sitesClosedTo(
  needs: ClassNeeds,
  kinds: readonly WorkerKind[],
  closed: ReadonlyMap<string, ClosedSite>,
): NamedClosedSite[] {
  const before = obstacles.slice(0, obstacles.indexOf('closed-site'));
  const reaching = kinds.filter((kind) => before.every((each) => passes[each](needs, kind)));
  const names = [...new Set(reaching.map(({ site }) => site))].sort();
  return names.map((name) => ({ name, ...closed.get(name) }));
}

/** @param remedy the command that opens one of them */
export function closedSiteText(sites: readonly NamedClosedSite[], remedy: string): string {
  const told = sites.map(({ name, state, since, by, note }) =>
    [
      `site ${name} is ${state ?? 'not open'}`,
      ...(since ? [` since ${since}`] : []),
      ...(by ? [` by ${by}`] : []),
      ...(note ? [` (${note})`] : []),
    ].join(''),
  );
  return told.join('; ') + adviceOf(remedy);
}
