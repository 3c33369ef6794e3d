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
import { fits } from '../lease/fits.js';
import type { ReadyClass } from '../ports/lease-store.js';
import type { ClosedSite, WorkerKind } from '../ports/read-store.js';
import { limitText } from '../ports/wait-store.js';
import { findFullLimits, fullSites, limitsOf } from '../read/find-full-limit.js';
import { findGap, type Gap } from '../read/find-gap.js';
import { closedSiteText, sitesClosedTo } from './closed-site-text.js';
import type { ReadyOfLeaf } from './ready-by-leaf.js';
import { lengthText } from './explain-past.js';
import { allocationRemedy, gapRemedy, limitRemedy, weightRemedy } from './remedies.js';
import { noShare, spentOn, standingIn, type ShareReading } from '../share/share-reading.js';

/** Everything that decides about ready jobs, as of one moment. */
export interface WaitFacts {
  kinds: readonly WorkerKind[];
  /** All that are set. */
  limits: readonly LimitView[];
  closedSites: ReadonlyMap<string, ClosedSite>;
  shares: ShareReading;
  /** Ready jobs by leaf of the tree of shares. */
  readyOfLeaf: ReadyOfLeaf;
  /** The same of those that workers of these kinds could run. */
  competing: (fitting: readonly WorkerKind[]) => ReadyOfLeaf;
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
  const remedy = gapRemedy(gap, needs);
  if (gap.cause !== 'site-closed') {
    const { cause, text, subject } = gap;
    return { cause, subject, text, remedy, details: { obstacle: gap.obstacle, nearest: gap.nearest } };
  }
  const sites = sitesClosedTo(needs, kinds, closedSites);
  return {
    cause: gap.cause,
    subject: gap.subject,
    text: closedSiteText(sites, remedy ?? ''),
    remedy,
    details: { sites },
  };
}

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
    remedy: allocationRemedy(book, usedCoreHours),
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
  return {
    cause: 'limit',
    subject: full.map((each) => limitText(each.limit)).join(', '),
    text: full.map(({ text }) => text).join('; '),
    remedy: limitRemedy(first.limit, needs),
    details: { limits: full.map((each) => each.limit) },
  };
}

/** Somebody fits, and nothing forbids it at every site: it is a matter of turns, at those with room. */
function turnWait(needs: ReadyClass, facts: WaitFacts): Wait {
  const full = fullSites(needs, facts.limits);
  const able = facts.kinds.filter((kind) => fits(needs, kind));
  const fitting = able.filter(({ site }) => !full.has(site));
  const aside = [
    ...distinct(able.map(({ site }) => site)).flatMap((site) => full.get(site)?.text ?? []),
    ...distinct(closedTo(needs, facts.kinds).map(({ site, siteState }) => `site ${site} is ${siteState}`)),
  ];
  const workers = fitting.reduce((sum, kind) => sum + kind.workers, 0);
  const holding = fitting.reduce((sum, kind) => sum + kind.holding, 0);
  const sites = distinct(fitting.map(({ site }) => site));
  if (holding < workers) {
    const text = `waits for a free worker: ${workers - holding} of ${workers} that can run it hold nothing${endText(fitting)}`;
    return { cause: 'ready', subject: '', text, remedy: null, details: { workers, holding, sites } };
  }
  const behind = shareWait(needs.shareId ?? noShare, fitting, facts);
  if (behind) return { ...behind, details: { ...behind.details, workers, sites } };
  const busy =
    workers === 1 ? 'the only worker that can run it is busy' : `all ${workers} workers that can run it are busy`;
  const text = [busy, ...aside].join('; ');
  return { cause: 'workers-busy', subject: '', text, remedy: null, details: { workers, holding, sites } };
}

/** Those that could run it if their site were open. */
const closedTo = (needs: ReadyClass, kinds: readonly WorkerKind[]): WorkerKind[] =>
  kinds.filter((kind) => kind.siteState !== 'open' && fits(needs, { ...kind, siteState: 'open' }));

const distinct = (names: readonly string[]): string[] => [...new Set(names)].sort();

/** Workers that are about to end take no job that would not end before: how long they have, where none has no end. */
function endText(kinds: readonly WorkerKind[]): string {
  const idle = kinds.filter(({ holding, workers }) => holding < workers);
  const longestSec = Math.max(...idle.map(({ walltimeLeftSec }) => walltimeLeftSec ?? Infinity));
  return Number.isFinite(longestSec) ? `, for at most ${lengthText(longestSec)} more` : '';
}

/** @see Y3 */
function shareWait(leaf: number, fitting: readonly WorkerKind[], facts: WaitFacts): Wait | null {
  const { shares, readyOfLeaf } = facts;
  const competing = facts.competing(fitting);
  const { tree, books, use } = shares;
  const ahead: number[] = [];
  for (const other of inServingOrder(shares, readyOfLeaf)) {
    if (other === leaf) break;
    if (competing.has(other)) ahead.push(other);
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
  const jobsAhead = ahead.reduce((sum, id) => sum + (competing.get(id) ?? 0), 0);
  const usedCoreHours = round((use.get(most.id) ?? 0) / hourSec);
  const first = books.get(ahead[0] ?? -1)?.path ?? '';
  const others = ahead.length === 1 ? '' : ` and ${ahead.length - 1} more`;
  return {
    cause: 'share',
    subject: path,
    text:
      `share ${path} had ${percent(most.part)} of what was used, its target is ${percent(most.target)}` +
      `${over ? ', and its allocation is used up' : ''}: ${first}${others} with ${jobsAhead} ready jobs go first`,
    remedy: over ? spentRemedy(shares, leaf) : weightRemedyOf(most, { shares, parts, targets }),
    details: { share: path, part: most.part, target: most.target, usedCoreHours, sharesAhead: ahead.length, jobsAhead },
  };
}

function spentRemedy(shares: ShareReading, leaf: number): string | null {
  const book = spentOn(shares, leaf);
  const allocation = book && shares.allocations.get(book.id);
  return book && allocation ? allocationRemedy(book, allocation.usedCoreSec / hourSec) : null;
}

/** Among its siblings, for weights count there. */
function weightRemedyOf(
  { id, target, part }: { id: number; target: number; part: number },
  of: { shares: ShareReading; parts: ReadonlyMap<number, number>; targets: ReadonlyMap<number, number> },
): string | null {
  const { books, tree } = of.shares;
  const parent = tree.pathTo(id).at(-2);
  const [partAbove, targetAbove] =
    parent === undefined ? [1, 1] : [of.parts.get(parent) ?? 1, of.targets.get(parent) ?? 1];
  const amongSiblings = { weight: tree.weightOf(id), part: part / partAbove, target: target / targetAbove };
  return weightRemedy(books.get(id)?.path ?? '', amongSiblings);
}

/** Leaves that have ready jobs, as brokers serve them: those over an allocation last. */
function inServingOrder(shares: ShareReading, readyOfLeaf: ReadyOfLeaf): number[] {
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
