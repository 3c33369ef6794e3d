-- Notes that a process has a part of a batch in hand, alone.
-- params: 1 digest in hex; 2 process; 3 where the part begins; 4 where it ends; 5 end of the smallest part that killed, or null
-- rows: one; none when another process has it, or is further
-- locks: its row
update batch_in_hand
set holder = $2, taken_at = now(), part_end = $4, killed_end = $5
where digest = decode($1, 'hex') and settled = $3 and (holder is null or holder = $2)
returning 1
