import type { TestStack } from '#test-kit';

/** How long a fault was felt, in seconds; null where nothing was under way that could have felt it. */
export interface Recovery {
  /** Longest way from an attempt's end at its worker to its settled row, of ends around the fault. */
  settleSec: number | null;
  /** From the fault to the next lease that was granted. */
  leaseSec: number | null;
}

/** Ends from so long before the fault until so long after it may have been held up by it, in seconds. */
const before = 2;
const after = 10;

/** @param atMs of the fault, on this machine's clock, which is PostgreSQL's and the workers' too. */
export async function recoveryAfter(stack: TestStack, atMs: number): Promise<Recovery> {
  const [row] = await stack.rows<Recovery>(
    `select
      (select max(extract(epoch from a.settled_at - greatest(a.ended_at, f.at)))::float8
        from attempt a
        where a.outcome in (3, 4) and a.reason not in (4, 6) and a.settled_at > f.at
          and a.ended_at between f.at - $2::int * interval '1 second' and f.at + $3::int * interval '1 second'
      ) as "settleSec",
      (select extract(epoch from min(l.granted_at) - f.at)::float8 from lease l where l.granted_at > f.at) as "leaseSec"
    from (select to_timestamp($1::float8 / 1000) as at) f`,
    [atMs, before, after],
  );
  return row ?? { settleSec: null, leaseSec: null };
}
