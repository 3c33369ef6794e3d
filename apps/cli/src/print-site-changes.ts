import type { SiteChanged } from '#contracts';
import type { Call } from './globals.js';
import { printAnswer } from './print-answer.js';
import { dryRunNote } from './print-order.js';
import type { Cell } from './render/csv.js';

const head = ['name', 'created', 'setting', 'before', 'after'];

/** Prints what an order made of sites: `lines` for people, a row for each change for programs. */
export function printSiteChanges(
  call: Call,
  answer: { dryRun: boolean },
  { sites, lines }: { sites: readonly SiteChanged[]; lines: readonly string[] },
): Promise<void> {
  return printAnswer(call, answer, {
    lines: [...lines, ...(answer.dryRun ? [dryRunNote] : [])],
    ids: sites.map(({ name }) => name),
    head,
    rows: sites.flatMap(({ name, created, changes }) =>
      changes.map(({ setting, before, after }) => [name, String(created), setting, cellOf(before), cellOf(after)]),
    ),
  });
}

const cellOf = (value: unknown): Cell =>
  typeof value === 'string' || typeof value === 'number' || value === null ? value : JSON.stringify(value);
