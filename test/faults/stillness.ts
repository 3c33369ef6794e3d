import type { TestStack } from '#test-kit';

/** Longest time after a fault in which not one attempt ended in the books, in seconds: how long users saw nothing move. */
export async function stillnessAfter(
  stack: TestStack,
  { atMs, withinSec }: { atMs: number; withinSec: number },
): Promise<number> {
  const [row] = await stack.rows<{ sec: number }>(
    `with fault as (select to_timestamp($1::float8 / 1000) as at),
    ends as (
      select a.settled_at as at from attempt a, fault f
      where a.settled_at > f.at and a.settled_at < f.at + $2::float8 * interval '1 second'
      union all select f.at from fault f
      union all select least(clock_timestamp(), f.at + $2::float8 * interval '1 second') from fault f
    )
    select max(extract(epoch from gap))::float8 as sec from (select at - lag(at) over (order by at) as gap from ends) g`,
    [atMs, withinSec],
  );
  return row?.sec ?? NaN;
}
