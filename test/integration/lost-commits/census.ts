import type { EngineRig } from '#test-kit';

const tables = `
  select c.relname, array(
    select case when a.atttypid = 'timestamptz'::regtype then format('count(%I)', a.attname) else format('sum(%I)', a.attname) end
    from pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'timestamptz'::regtype)
      and a.attname !~ '(^|_)(id|seq|no)$|_ms$|^partition$'
    order by a.attnum
  )
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  order by 1`;

/** A repeat is a duplicate, and is counted as such. */
const countsRepeats = 'report_count';

/**
 * The books in numbers: rows of every table, the sum of each of their whole numbers that names nothing, and how many of
 * their times are set.
 */
export async function census(rig: EngineRig): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const wanted = ((await rig.query(tables)) as [string, string[]][]).filter(([table]) => table !== countsRepeats);
  const text = wanted.map(
    ([table, sums], no) => `select ${no} as no, array[count(*), ${sums.join()}]::text[] as numbers from ${table}`,
  );
  const rows = await rig.query(`select * from (${text.join(' union all ').replaceAll(', ]', ']')}) t order by no`);
  for (const [no, numbers] of rows as [number, string[]][]) {
    const [table, sums] = wanted[no] ?? ['', []];
    found[table] = ['rows', ...sums].map((name, at) => `${name} ${numbers[at] ?? 'null'}`).join(', ');
  }
  return found;
}
