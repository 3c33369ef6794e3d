-- Verdicts of batches that were settled.
-- hot
-- params: batch ids
-- rows: batch id, events, duplicates, stale (comma-separated)
-- locks: none
select b.batch_id, b.events, array_to_string(b.duplicate, ','), array_to_string(b.stale, ',')
from unnest($1::uuid[]) as i(batch_id)
join batch_seen b on b.batch_id = i.batch_id
