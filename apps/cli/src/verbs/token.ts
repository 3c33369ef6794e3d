import type { IdentityCalls, TokenFilter } from '#client';
import type { TokenRequest, TokenView } from '#contracts';
import { connectToRead } from '../connect.js';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printAnswer } from '../print-answer.js';
import { printList } from '../print-list.js';
import type { Cell } from '../render/csv.js';
import { table } from '../render/table.js';

export interface TokenCreateOptions {
  days?: number;
  space: string[];
  role?: 'reader' | 'submitter' | 'operator' | 'administrator';
  /** A token for the workers of this site; `*`: of any. */
  pool?: string;
  /** A token for the site itself. */
  site?: string;
  /** Where its text goes, for its owner only. */
  to?: string;
}

const tableRowsMax = 100;
const head = ['id', 'kind', 'name', 'owner', 'state', 'spaces', 'role', 'site', 'madeAt', 'endsAt', 'usedAt'] as const;

/** Has a token made. Its text is shown once, or written into a file that nobody else may read. */
export function tokenCreate(call: Call, name: string, options: TokenCreateOptions): Promise<ExitCode> {
  const request = requestOf(name, options);
  return onIdentity(call, async (identity) => {
    const made = await identity.makeToken(request);
    const { id, endsAt } = made.view;
    if (options.to !== undefined) {
      const { writePrivateFile } = await import('#local-stack');
      writePrivateFile(options.to, `${made.token}\n`);
    }
    const shown = options.to === undefined ? made : { view: made.view };
    const text = options.to === undefined ? made.token : `in ${options.to}`;
    await printAnswer(call, shown, {
      lines: [text],
      ids: [id],
      head: [...head],
      rows: [cellsOf(made.view)],
    });
    if (call.globals.output !== 'table') return;
    call.terminal.note(`token ${id}, until ${endsAt.slice(0, 10)}; \`sluice token revoke ${id}\` ends it before`);
    if (options.to === undefined)
      call.terminal.note('it is not shown again: keep it in a file that only its user may read');
  });
}

/** Lists tokens, without their texts, which nobody has. */
export function tokenLs(call: Call, filter: TokenFilter): Promise<ExitCode> {
  return onIdentity(call, async (identity) => {
    const format = call.globals.output;
    if (format === 'table') return printTable(call, identity.tokens(filter));
    await printList(call, { format, head, cellsOf, idOf: ({ id }) => id }, identity.tokens(filter), Infinity);
  });
}

/** Ends tokens at once. Safe to repeat. */
export function tokenRevoke(call: Call, ids: readonly string[]): Promise<ExitCode> {
  return onIdentity(call, async (identity) => {
    const views: TokenView[] = [];
    for (const id of ids) views.push(await identity.revokeToken(id));
    await printAnswer(call, views, {
      lines: views.map(({ id, name }) => `revoked token ${id} (${name})`),
      ids: views.map(({ id }) => id),
      head: [...head],
      rows: views.map(cellsOf),
    });
  });
}

/** @throws CliFault with exit 2 for options that exclude each other */
function requestOf(name: string, { days, space, role, pool, site }: TokenCreateOptions): TokenRequest {
  const base = { name, ...(days !== undefined && { days }) } as { name: string; days: number };
  const forSite = pool ?? site;
  if (forSite === undefined) {
    return {
      kind: 'service',
      ...base,
      ...(space.length > 0 && { spaces: space }),
      ...(role !== undefined && { role }),
    };
  }
  if ((pool !== undefined && site !== undefined) || space.length > 0 || role !== undefined) {
    throw new CliFault(exitCodes.usage, [
      'a token is for a program (--space, --role), for the workers of a site (--pool), or for a site (--site)',
    ]);
  }
  return { kind: pool === undefined ? 'site' : 'pool', ...base, site: forSite };
}

async function onIdentity(call: Call, work: (identity: IdentityCalls) => Promise<void>): Promise<ExitCode> {
  const connection = await connectToRead(call);
  try {
    await work(connection.client.identity);
    await call.terminal.out.flush();
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}

async function printTable({ terminal: { out, note } }: Call, tokens: AsyncIterable<TokenView>): Promise<void> {
  const rows: string[][] = [];
  let more = false;
  for await (const token of tokens) {
    more = rows.length === tableRowsMax;
    if (more) break;
    rows.push([
      token.id,
      token.kind,
      token.name,
      scopeOf(token),
      token.state,
      token.endsAt.slice(0, 10),
      usedOf(token),
    ]);
  }
  if (rows.length === 0) return note('no token: sluice token create NAME');
  const titles = ['id', 'kind', 'name', 'for', 'state', 'ends', 'used'];
  const columns = titles.map((title) => ({ title, align: 'left' as const, ...(title === 'name' && { widthMax: 20 }) }));
  await out.lines(table(columns, rows));
  if (more) note(`... and more: -o json has all`);
}

const usedOf = ({ usedAt }: TokenView): string => usedAt?.slice(0, 16).replace('T', ' ') ?? 'never';

function scopeOf({ site, spaces, role }: TokenView): string {
  if (site !== null) return site;
  return [spaces?.join(',') ?? 'all', ...(role === null ? [] : [role])].join(' ');
}

const cellsOf = (token: TokenView): Cell[] => [
  ...[token.id, token.kind, token.name, token.owner.subject, token.state, token.spaces?.join(' ') ?? null],
  ...[token.role, token.site, token.madeAt, token.endsAt, token.usedAt],
];
