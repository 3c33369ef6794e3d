import type { SiteView } from '#contracts';
import type { ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { onSites } from '../on-sites.js';
import { printAnswer } from '../print-answer.js';
import { printList } from '../print-list.js';
import type { Cell } from '../render/csv.js';
import { grouped } from '../render/numbers.js';
import { ceilingText, siteLines } from '../render/site-text.js';
import { table } from '../render/table.js';

const tableRowsMax = 20;

const ownHead = [
  ...['name', 'state', 'workers', 'suspect', 'cores', 'memoryMib', 'leased', 'pullCores', 'pullMemoryMib'],
  ...['suspectSec', 'orphanSec', 'cutOffStopSec', 'sandbox', 'note', 'orderedBy', 'orderedAt'],
] as const;
const reportHead = ['late', 'duplicate', 'stale'] as const;
const head = [...ownHead, ...reportHead];

const cellsOf = (site: SiteView): Cell[] => [
  ...ownHead.map((column) => site[column]),
  ...reportHead.map((column) => site.reports[column]),
];

/** Lists sites by name. */
export function siteLs(call: Call): Promise<ExitCode> {
  return onSites(call, async (sites) => {
    const all = await sites.list();
    const format = call.globals.output;
    if (format === 'table') return printTable(call, all);
    const shape = { format, head, cellsOf, idOf: ({ name }: SiteView) => name };
    await printList(call, shape, oneByOne(all), Infinity);
    await call.terminal.out.flush();
  });
}

async function* oneByOne<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

async function printTable({ terminal: { out, note } }: Call, all: readonly SiteView[]): Promise<void> {
  if (all.length === 0) return note('no site is known: one appears with its first worker');
  await out.lines(
    table(
      [
        { title: 'site', align: 'left', widthMax: 18 },
        { title: 'state', align: 'left' },
        ...(['workers', 'silent', 'cores', 'run'] as const).map((title) => ({ title, align: 'right' as const })),
        { title: 'ceiling', align: 'left', widthMax: 20 },
        { title: 'note', align: 'left' },
      ],
      all
        .slice(0, tableRowsMax)
        .map((site) => [
          ...[site.name, site.state, grouped(site.workers), grouped(site.suspect), grouped(site.cores)],
          ...[grouped(site.leased), ceilingText(site), site.note],
        ]),
    ),
  );
  if (all.length > tableRowsMax) note(`... and ${all.length - tableRowsMax} more: -o json has all`);
  await out.flush();
}

/** All of one site. */
export function siteShow(call: Call, name: string): Promise<ExitCode> {
  return onSites(call, async (sites) => {
    const site = await sites.show(name);
    await printAnswer(call, site, { lines: siteLines(site), ids: [site.name], head, rows: [cellsOf(site)] });
  });
}
