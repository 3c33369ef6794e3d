-- Gives a claim up: the order was refused, and its key is free again.
-- params: 1 id, 2 claim
-- rows: none
-- locks: the row
delete from kept_answer k where k.id = $1::bytea and k.claim = $2 and k.answer is null
