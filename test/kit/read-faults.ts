import type { Caller } from '#core';
import { rowsOf, type Queryable } from './invariants.js';
import type { OutsideFault } from './outside-fault.js';

/** A call that was answered, as an access log has it. */
export interface AccessLine {
  caller: Caller;
  method: string;
  /** With the query, if there is one. */
  path: string;
  status: number;
}

/** `w-…` and names of spaces, where an address has them. */
const workflowNamed = /\/workflows\/(w-[a-z0-9]+)(?=[/?]|$)/;
const spaceNamed = /\/spaces\/([^/?]+)/;

/**
 * I21: who was answered with what is of a workflow or a space submitted it, or has a role there: by the grants as they are
 * now, and apart from how the gateway judges.
 */
export async function readFaults(pool: Queryable, lines: readonly AccessLine[]): Promise<OutsideFault[]> {
  const reads = lines
    .filter(({ method, status }) => (method === 'GET' || method === 'HEAD') && status >= 200 && status < 300)
    .map(({ caller, method, path }) => ({
      ...{ issuer: caller.issuer, subject: caller.subject, groups: caller.groups, what: `${method} ${path}` },
      ...{ within: caller.restricted?.spaces ?? null, is_site: caller.kind === 'site' },
      workflow: workflowNamed.exec(path)?.[1] ?? null,
      space: decodeURIComponent(spaceNamed.exec(path)?.[1] ?? '') || null,
    }))
    .filter(({ workflow, space }) => workflow !== null || space !== null);
  const rows = await rowsOf<[what: string, subject: string, space: string]>(
    pool,
    `select r.what, r.subject, coalesce(w.space, r.space)
    from jsonb_to_recordset($1::jsonb) as r(
      issuer text, subject text, groups text[], what text, within text[], is_site boolean, workflow text, space text
    )
    left join workflow w on w.public_id = r.workflow
    where r.is_site or (r.within is not null and coalesce(w.space, r.space) <> all (r.within)) or not (
      coalesce((w.owner_issuer, w.owner_subject) = (r.issuer, r.subject), false)
      or exists (
        select from space_grant g
        where g.space in ('*', coalesce(w.space, r.space)) and g.issuer = r.issuer
          and case g.holder when 'subject' then g.name = r.subject else g.name = any (r.groups) end
      )
    )`,
    [JSON.stringify(reads)],
  );
  return rows.map(([what, subject, space]) => ({
    id: 'I21',
    wrong: `${subject} was answered ${what}, of space ${space}`,
  }));
}
