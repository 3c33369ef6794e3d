/**
 * Owns what is said about a class whose ready jobs are with no worker. Pure: what a person asks now and what a broker puts
 * on record is said by the same words of the same facts.
 *
 * Y1  What no time heals is told first: nobody fits, the site is closed, the allocation is used up.
 * Y2  Then limits, then whose turn it is. While somebody who fits holds nothing, the jobs are about to go.
 * Y3  A share is what a class waits for only while it, or a group above it, had more than its target.
 */
import type { LimitView, WaitCause } from '#contracts';
import { inShareOrder, leftOf } from '#core';
import { fits, obstacles, passes } from '../lease/fits.js';
import type { ReadyClass } from '../ports/lease-store.js';
import type { WorkerKind } from '../ports/read-store.js';
import { limitText, type ClosedSite } from '../ports/wait-store.js';
import { findFullLimits, limitsOf } from '../read/find-full-limit.js';
import { findGap, type Gap } from '../read/find-gap.js';
import { quoted } from './paused-wait.js';
import { noShare, spentOn, standingIn, type ShareReading } from '../share/share-reading.js';

/** Everything that decides about ready jobs, as of one moment. */
export interface WaitFacts {
  kinds: readonly WorkerKind[];
  /** All that are set. */
  limits: readonly LimitView[];
  closedSites: ReadonlyMap<string, ClosedSite>;
  shares: ShareReading;
  /** Ready jobs by leaf of the tree of shares. */
  readyOfLeaf: ReadonlyMap<number, number>;
}

/** Why jobs of a class wait. `remedy`: the command that helps; null: to wait is what there is to do. */
export interface Wait {
  cause: WaitCause;
  /** Which limit, share or site; may be empty. */
  subject: string;
  text: string;
  remedy: string | null;
  details: Record<string, unknown>;
}

/** A leaf that had less than so much over its target is not held back: the order changes from round to round. */
const behindFactor = 1.05;
const hourSec = 3_600;

export function explainWait(needs: ReadyClass, facts: WaitFacts): Wait {
  const gap = findGap(needs, facts.kinds);
  if (gap) return gapWait(gap, needs, facts);
  return spentWait(needs, facts) ?? limitWait(needs, facts) ?? turnWait(needs, facts);
}

function gapWait(gap: Gap, needs: ReadyClass, { kinds, closedSites }: WaitFacts): Wait {
  const remedy = remedyOf(gap, needs);
  if (gap.cause !== 'site-closed') {
    const { cause, text, subject } = gap;
    return { cause, subject, text, remedy, details: { obstacle: gap.obstacle, nearest: gap.nearest } };
  }
  const names = [...new Set(reaching(needs, kinds).map(({ site }) => site))].sort();
  const sites = names.map((name) => ({ name, ...closedSites.get(name) }));
  const text = sites.map(({ name, state, since, by, note }) =>
    [
      `site ${name} is ${state ?? 'not open'}`,
      ...(since ? [` since ${since}`] : []),
      ...(by ? [` by ${by}`] : []),
      ...(note ? [` (${note})`] : []),
    ].join(''),
  );
  return {
    cause: gap.cause,
    subject: gap.subject,
    text: `${text.join('; ')}: \`${remedy ?? ''}\` lets it go on`,
    remedy,
    details: { sites },
  };
}

/** Workers before which no obstacle stands but that their site is closed, or one that comes after it. */
const reaching = (needs: ReadyClass, kinds: readonly WorkerKind[]): WorkerKind[] =>
  kinds.filter((kind) =>
    obstacles.slice(0, obstacles.indexOf('closed-site')).every((each) => passes[each](needs, kind)),
  );

function remedyOf({ cause, obstacle, nearest }: Gap, needs: ReadyClass): string | null {
  if (cause === 'no-worker') return 'sluice up';
  if (obstacle === 'closed-site' && nearest) return `sluice site open ${quoted(nearest.site)}`;
  if (obstacle === 'tag') return `sluice worker ${tagsOf(needs)}`;
  if (obstacle === 'ceiling' && nearest)
    return `sluice site set ${quoted(nearest.site)} --pull-cores ${Math.ceil(needs.cores)} --pull-memory ${needs.memoryMib}`;
  return null;
}

const tagsOf = ({ tags }: ReadyClass): string =>
  Object.entries(tags)
    .flatMap(([name, value]) => (value.startsWith('!') ? [] : [`--tags ${quoted(`${name}=${value}`)}`]))
    .join(' ');

function spentWait({ shareId }: ReadyClass, { shares }: WaitFacts): Wait | null {
  const leaf = shareId ?? noShare;
  if (standingIn(shares, leaf) !== 'stopped') return null;
  const book = spentOn(shares, leaf);
  const allocation = book && shares.allocations.get(book.id);
  if (!book || !allocation) return null;
  const usedCoreHours = round(allocation.usedCoreSec / hourSec);
  const { fromMs = 0, periodSec = null } = book.allocation ?? {};
  const until = periodSec === null ? null : new Date(fromMs + periodSec * 1_000).toISOString();
  return {
    cause: 'allocation',
    subject: book.path,
    text:
      `the allocation of share ${book.path} is used up: ${usedCoreHours} of ${allocation.coreHours} core hours` +
      (until === null ? '' : `; the next period begins ${until}`),
    remedy: `sluice share allocate ${quoted(book.path)} --core-hours N`,
    details: {
      ...{ share: book.path, usedCoreHours, coreHours: allocation.coreHours, until },
      overCoreHours: round(-leftOf(allocation) / hourSec),
    },
  };
}

function limitWait(needs: ReadyClass, { kinds, limits }: WaitFacts): Wait | null {
  const names = new Set(limitsOf(needs, kinds).map(limitText));
  const full = findFullLimits(
    needs,
    kinds,
    limits.filter((limit) => names.has(limitText(limit))),
  );
  const [first] = full;
  if (!first) return null;
  const { limit } = first;
  const cap = limit.capJobs !== null && limit.usedJobs >= limit.capJobs ? '--jobs' : '--cores';
  return {
    cause: 'limit',
    subject: full.map((each) => limitText(each.limit)).join(', '),
    text: full.map(({ text }) => text).join('; '),
    remedy: `sluice limit set ${quoted(limitText(limit))} ${cap} N`,
    details: { limits: full.map((each) => each.limit) },
  };
}

/** Somebody fits, and nothing forbids it: it is a matter of turns. */
function turnWait(needs: ReadyClass, facts: WaitFacts): Wait {
  const fitting = facts.kinds.filter((kind) => fits(needs, kind));
  const workers = fitting.reduce((sum, kind) => sum + kind.workers, 0);
  const holding = fitting.reduce((sum, kind) => sum + kind.holding, 0);
  const sites = [...new Set(fitting.map(({ site }) => site))].sort();
  if (holding < workers) {
    const text = `waits for a free worker: ${workers - holding} of ${workers} that can run it hold nothing`;
    return { cause: 'ready', subject: '', text, remedy: null, details: { workers, holding, sites } };
  }
  const behind = shareWait(needs.shareId ?? noShare, facts);
  if (behind) return { ...behind, details: { ...behind.details, workers, sites } };
  const text =
    workers === 1 ? 'the only worker that can run it is busy' : `all ${workers} workers that can run it are busy`;
  return { cause: 'workers-busy', subject: '', text, remedy: null, details: { workers, holding, sites } };
}

/** @see Y3 */
function shareWait(leaf: number, { shares, readyOfLeaf }: WaitFacts): Wait | null {
  const { tree, books, use } = shares;
  const ahead: number[] = [];
  for (const other of inServingOrder(shares, readyOfLeaf)) {
    if (other === leaf) break;
    ahead.push(other);
  }
  if (ahead.length === 0) return null;
  const targets = tree.targets(new Set([...readyOfLeaf.keys(), leaf]));
  const parts = partsOf(shares, [...targets.keys()]);
  const over = standingIn(shares, leaf) === 'over';
  const most = tree
    .pathTo(leaf)
    .map((id) => ({ id, target: targets.get(id) ?? 1, part: parts.get(id) ?? 0 }))
    .find(({ target, part }) => over || part > target * behindFactor);
  if (!most) return null;
  const path = books.get(most.id)?.path ?? '';
  const jobsAhead = ahead.reduce((sum, id) => sum + (readyOfLeaf.get(id) ?? 0), 0);
  const usedCoreHours = round((use.get(most.id) ?? 0) / hourSec);
  const first = books.get(ahead[0] ?? -1)?.path ?? '';
  const others = ahead.length === 1 ? '' : ` and ${ahead.length - 1} more`;
  return {
    cause: 'share',
    subject: path,
    text:
      `share ${path} had ${percent(most.part)} of what was used, its target is ${percent(most.target)}` +
      `${over ? ', and its allocation is used up' : ''}: ${first}${others} with ${jobsAhead} ready jobs go first`,
    remedy: `sluice share set ${quoted(path)} --weight N`,
    details: { share: path, part: most.part, target: most.target, usedCoreHours, sharesAhead: ahead.length, jobsAhead },
  };
}

/** Leaves that have ready jobs, as brokers serve them: those over an allocation last. */
function inServingOrder(shares: ShareReading, readyOfLeaf: ReadonlyMap<number, number>): number[] {
  const leaves = [...readyOfLeaf.keys()];
  const of = (standing: string): number[] => leaves.filter((leaf) => standingIn(shares, leaf) === standing);
  const useOf = (id: number): number => shares.use.get(id) ?? 0;
  return [...inShareOrder(shares.tree, of('within'), useOf), ...inShareOrder(shares.tree, of('over'), useOf)];
}

/** What part of everything each of these nodes had, of those that compete. */
function partsOf({ tree, use }: ShareReading, nodes: readonly number[]): Map<number, number> {
  const all = nodes.reduce((sum, id) => sum + (tree.pathTo(id).length === 1 ? (use.get(id) ?? 0) : 0), 0);
  return new Map(nodes.map((id) => [id, all > 0 ? (use.get(id) ?? 0) / all : 0]));
}

const percent = (part: number): string => `${Math.round(part * 100)} %`;
const round = (amount: number): number => Number(amount.toFixed(2));
