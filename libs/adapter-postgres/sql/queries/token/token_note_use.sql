-- Notes when tokens were used last, many at once.
-- params: 1 ids, 2 seconds since each was used
-- locks: their rows
update issued_token t
set used_at = greatest(t.used_at, now() - u.ago_sec * interval '1 second')
from (
  select i.id, i.ago_sec from issued_token k
  join unnest($1::bigint[], $2::float8[]) i (id, ago_sec) on i.id = k.id
  order by k.id
  for no key update of k
) u
where t.id = u.id
