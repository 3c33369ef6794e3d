import { type QueryFault, readJobQuery, readWorkflowQuery } from '#contracts';
import { CliFault, exitCodes } from './exit-code.js';
import { printable } from './render/printable.js';

/** The part of a query that is shown around a fault, in characters. */
const shownMax = 60;

/** Before a server is asked for: it would refuse the same. @throws CliFault with exit 2 for a query that cannot be read */
export function checkJobQuery(query: string | undefined): void {
  if (query !== undefined) check(query, readJobQuery(query));
}

/** The same of a query of workflows. */
export function checkWorkflowQuery(query: string | undefined): void {
  if (query !== undefined) check(query, readWorkflowQuery(query));
}

function check(query: string, read: { fault: QueryFault } | object): void {
  if (!('fault' in read)) return;
  const { at, message, remedy } = read.fault;
  const from = Math.max(0, at - 1 - shownMax / 2);
  const shown = [...query.slice(from, from + shownMax)]
    .map((sign) => (/\s/.test(sign) ? ' ' : printable(sign) === sign ? sign : '?'))
    .join('');
  const place = ' '.repeat(at - 1 - from);
  throw new CliFault(exitCodes.usage, [
    `the query is wrong at character ${at}: ${printable(message)}`,
    `  ${shown}`,
    `  ${place}^`,
    printable(remedy),
  ]);
}
