-- Batches that processes died with, the newest first.
-- params: 1 deaths that are enough; 2 rows
-- rows: batch id
-- locks: none
select b.batch_id::text from batch_in_hand b where b.deaths >= $1 order by b.taken_at desc limit $2
