-- Which of these tokens do not count any more: revoked, or ended.
-- params: 1 ids
-- rows: id
select t.id::text
from issued_token t
where t.id = any ($1::bigint[])
  and (t.revoked_at is not null or t.end_at <= now())
