-- A part of a batch is settled, or set aside: the next one begins behind it.
-- params: 1 digest in hex; 2 process that has it in hand; 3 where the part begins; 4 where it ends;
--   5 duplicates, 6 stale (positions in the batch); 7 events that were set aside
-- rows: one; none when another process has it, or is further
-- locks: its row
update batch_in_hand
set
  settled = $4, holder = null, part_end = null, deaths_alone = 0,
  duplicate = duplicate || $5::int[], stale = stale || $6::int[], set_aside = set_aside + $7
where digest = decode($1, 'hex') and settled = $3 and holder = $2
returning 1
