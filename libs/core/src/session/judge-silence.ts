/**
 * Owns the decision which silent sessions are given up. Knows no clock and no store: all times are seconds by PostgreSQL's.
 *
 * O1  Only a session that was silent for longer than its site's orphan term is given up.
 * O2  None is while one of our own services is away, nor within that term after one of them came back: its worker may
 *     have had nobody to talk to.
 * O3  None is whose silence began together with that of more than a fifth of all sessions: then the fault is likely ours,
 *     and an alarm is raised. Together means: their last signs of life lie within a minute of each other.
 * O4  A site that is cut off alone is given up all the same, however many of the sessions are its own: nine tenths of what
 *     fell silent together is there, and workers elsewhere are heard, so our side is whole.
 * O5  A session that holds nothing is ended in any crowd: nothing is lost with it, and it would be of the crowd for ever. Such
 *     are also sessions whose worker never heard that it was registered.
 */

export interface SilentSession {
  id: string;
  site: string;
  /** Since its last sign of life. */
  silentSec: number;
  /** Term of its site. */
  orphanSec: number;
  /** Some attempt is not settled. */
  holds: boolean;
}

export interface SilenceFacts {
  /** All sessions that are silent for longer than their suspect term and not over. */
  silent: readonly SilentSession[];
  /** Sessions that are heard, by site. */
  heard: ReadonlyMap<string, number>;
  /** For how long every one of our services has been there without a break; 0 while one is away. */
  wholeSec: number;
}

export interface SilenceVerdict {
  giveUp: SilentSession[];
  /** Orphans that are kept because too many fell silent with them. */
  kept: SilentSession[];
}

/** Last signs of life of what fell silent together lie so close: three beats. */
const togetherSec = 60;
/** More than one in so many sessions is too many at once. */
const tooManyOf = 5;
/** One in so many may be silent elsewhere, by chance at the same time, and a site still counts as cut off alone. */
const strayOf = 10;

/** @see O1-O5 */
export function judgeSilence({ silent, heard, wholeSec }: SilenceFacts): SilenceVerdict {
  const inOrder = [...silent].sort((a, b) => a.silentSec - b.silentSec);
  const verdict: SilenceVerdict = { giveUp: [], kept: [] };
  const all = silent.length + sum(heard.values());
  const group = new Map<string, number>();
  let first = 0;
  let end = 0;
  for (const session of inOrder) {
    while (isBefore(inOrder[end], session.silentSec + togetherSec)) count(group, inOrder[end++], 1);
    while (isBefore(inOrder[first], session.silentSec - togetherSec)) count(group, inOrder[first++], -1);
    if (session.silentSec <= session.orphanSec || wholeSec < session.orphanSec) continue;
    const isOurs = end - first > 1 && (end - first) * tooManyOf > all && !isOneSite(group, end - first, heard);
    (isOurs && session.holds ? verdict.kept : verdict.giveUp).push(session);
  }
  return verdict;
}

/** @see O4 */
function isOneSite(group: ReadonlyMap<string, number>, size: number, heard: ReadonlyMap<string, number>): boolean {
  for (const [site, sessions] of group) {
    if ((size - sessions) * strayOf > size) continue;
    return sum([...heard].filter(([other]) => other !== site).map(([, there]) => there)) > 0;
  }
  return false;
}

const isBefore = (session: SilentSession | undefined, silentSec: number): boolean =>
  session !== undefined && session.silentSec < silentSec;

function count(group: Map<string, number>, session: SilentSession | undefined, by: 1 | -1): void {
  if (session) group.set(session.site, (group.get(session.site) ?? 0) + by);
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((all, one) => all + one, 0);
