-- Keeps the answer of an order that was carried out. Who was overtaken keeps nothing: the first answer stands.
-- params: 1 id, 2 claim, 3 answer
-- rows: none
-- locks: the row
update kept_answer k set answer = $3 where k.id = $1::bytea and k.claim = $2 and k.answer is null
