-- Claims an order for its first caller, or for a repeat when who claimed it before is overdue.
-- params: 1 id, 2 sha256 of the body, 3 claim, 4 seconds that it holds
-- rows: whether it is ours, whether the body is the same, its answer (null: none yet)
-- locks: the row
insert into kept_answer as k (id, body_sha256, claim, claimed_until)
values ($1::bytea, $2::bytea, $3, now() + $4::float8 * interval '1 second')
on conflict (id) do update set
  claim = case
    when k.answer is null and k.claimed_until < now() and k.body_sha256 = excluded.body_sha256 then excluded.claim
    else k.claim
  end,
  claimed_until = case
    when k.answer is null and k.claimed_until < now() and k.body_sha256 = excluded.body_sha256 then excluded.claimed_until
    else k.claimed_until
  end
returning k.claim = $3, k.body_sha256 = $2::bytea, k.answer
