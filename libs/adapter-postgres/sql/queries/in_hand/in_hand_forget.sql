-- These batches are settled. Those of which ends were set aside stay known: copies of them may be on their way.
-- params: digests in hex
-- rows: none
-- locks: their rows
delete from batch_in_hand where digest in (select decode(d, 'hex') from unnest($1::text[]) as d) and set_aside = 0
