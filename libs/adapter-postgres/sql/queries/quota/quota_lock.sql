-- Caps of open jobs of a space and a user: who submits under them waits for who does so before.
-- params: space, issuer, subject
-- rows: kind, cap or null
-- locks: the rows of quota; space before user
select
  q.kind,
  case q.kind
    when 'space' then (select s.queued_jobs_max from space s where s.name = q.name)
    else q.cap_queued_jobs
  end::float8
from quota q
where (q.kind, q.issuer, q.name) in (('space', '', $1::text), ('user', $2::text, $3::text))
order by q.kind
for update of q
