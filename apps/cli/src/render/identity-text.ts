import type { WhoAmI } from '#contracts';
import { printable } from './printable.js';
import { table } from './table.js';

const localIssuer = 'local';
const listedMax = 20;

/** Who one is, in a sentence. */
export function identityLine({ issuer, subject, name, kind }: WhoAmI): string {
  const who = name === null ? printable(subject) : `${printable(name)} (${printable(subject)})`;
  if (issuer === localIssuer && kind === 'user') return `you are ${who}, the local user of this stack`;
  return `you are ${who}${kind === 'user' ? '' : `, a ${kind}`}, as ${printable(issuer)} says`;
}

/** Who one is and what one may. */
export function identityLines(me: WhoAmI): string[] {
  const { groups, roles, restricted, tokenEndsAt } = me;
  return [
    identityLine(me),
    ...(groups.length === 0 ? [] : [`groups  ${listed(groups)}`]),
    ...(restricted?.site === undefined || restricted.site === null
      ? []
      : [`site    ${printable(restricted.site)}: its orders only`]),
    ...(tokenEndsAt === null ? [] : [`token   ends ${tokenEndsAt}`]),
    ...(roles.length === 0 ? ['roles   none: ask an administrator of a space for one'] : roleTable(me)),
  ];
}

function roleTable({ roles }: WhoAmI): string[] {
  const rows = roles.slice(0, listedMax).map(({ space, role }) => [space === '*' ? '* (all)' : printable(space), role]);
  const more = roles.length > listedMax ? [`... and ${roles.length - listedMax} more: -o json has all`] : [];
  return [
    ...table(
      [
        { title: 'space', align: 'left', widthMax: 60 },
        { title: 'role', align: 'left' },
      ],
      rows,
    ),
    ...more,
  ];
}

const listed = (names: readonly string[]): string =>
  names.slice(0, listedMax).map(printable).join(', ') +
  (names.length > listedMax ? ` and ${names.length - listedMax} more` : '');
