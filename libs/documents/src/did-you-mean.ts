import { shown } from '#core';

/** Names looked at, and characters of each: a guess must not take long. */
const namesMax = 10_000;
const charsMax = 64;

/**
 * The beginning of a remedy when one of `names` is nearly what was written: up to a third of its characters are
 * different, and at most 3. Upper and lower case are the same.
 * @returns `Did you mean "x"? `, or nothing
 */
export function didYouMean(written: string, names: Iterable<string>): string {
  const near = nearestOf(written, names);
  return near === null ? '' : `Did you mean ${shown(near)}? `;
}

function nearestOf(written: string, names: Iterable<string>): string | null {
  if (written.length > charsMax) return null;
  let best = { name: null as string | null, edits: Math.min(3, Math.ceil(written.length / 3)) + 1 };
  let looked = 0;
  for (const name of names) {
    if (++looked > namesMax) break;
    if (Math.abs(name.length - written.length) >= best.edits) continue;
    const edits = editsBetween(written.toLowerCase(), name.toLowerCase());
    if (edits < best.edits) best = { name, edits };
  }
  return best.name;
}

/** Characters to put in, take out, change or swap with the next (optimal string alignment), row by row. */
function editsBetween(a: string, b: string): number {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
