-- A process lives on without having settled these batches: what it noted of them says nothing.
-- params: 1 process; 2 digests in hex
-- rows: none
-- locks: their rows
update batch_in_hand set holder = null, part_end = null
where digest in (select decode(d, 'hex') from unnest($2::text[]) as d) and holder = $1
