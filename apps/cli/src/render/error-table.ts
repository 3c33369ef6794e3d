import type { ErrorGroup, ErrorGroups } from '#contracts';
import { counted, grouped } from './numbers.js';
import { table } from './table.js';

const sitesShownMax = 2;

/** Error groups, one a line, and a line that accounts for every other failed job. Lines of at most 80 columns. */
export function errorLines(errors: ErrorGroups, rowsMax: number): string[] {
  const shown = errors.groups.slice(0, rowsMax);
  return [...(shown.length > 0 ? groupTable(shown) : []), ...restLines(errors, shown)];
}

const groupTable = (groups: readonly ErrorGroup[]): string[] =>
  table(
    [
      { title: 'group', align: 'left' },
      { title: 'count', align: 'right' },
      { title: 'label', align: 'left', widthMax: 14 },
      { title: 'reason', align: 'left' },
      { title: 'exit', align: 'right' },
      { title: 'site', align: 'left', widthMax: 18 },
      { title: 'message', align: 'left' },
    ],
    groups.map((group) => [
      ...[group.name, grouped(group.jobs), group.label, group.reason, exitText(group), sitesText(group)],
      group.message,
    ]),
  );

function restLines(errors: ErrorGroups, shown: readonly ErrorGroup[]): string[] {
  const more = errors.groupsTotal - shown.length;
  const others = errors.groupedJobs - shown.reduce((sum, group) => sum + group.jobs, 0);
  return [...(more > 0 ? [`... and ${counted(more, 'group')} more, ${counted(others, 'job')}`] : []), sumLine(errors)];
}

/** `44 failed; 118 pruned by these, 3 cancelled`: all failed jobs there are. */
function sumLine({ groupedJobs, pruned, cancelled }: ErrorGroups): string {
  const rest = [
    ...(pruned > 0 ? [`${grouped(pruned)} pruned by these`] : []),
    ...(cancelled > 0 ? [`${grouped(cancelled)} cancelled`] : []),
  ];
  const failed = `${counted(groupedJobs, 'job')} failed`;
  return rest.length === 0 ? failed : `${failed}; ${rest.join(', ')}`;
}

/** The exit code, or the signal without its SIG. */
const exitText = ({ exitCode, signal }: ErrorGroup): string => signal?.replace(/^SIG/, '') ?? String(exitCode ?? '');

/** `USDF 41`, `USDF 30, FrDF 11`, `USDF 30, FrDF 8 ...` */
function sitesText({ sites }: ErrorGroup): string {
  const shown = sites.slice(0, sitesShownMax).map(({ site, jobs }) => `${site} ${grouped(jobs)}`);
  return shown.join(', ') + (sites.length > sitesShownMax ? ' ...' : '');
}
