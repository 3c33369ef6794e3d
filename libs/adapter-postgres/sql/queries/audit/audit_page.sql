-- Orders, newest first.
-- params: before this id (null: from the newest), subject or null, action or null, from and until (null: any time), rows at most
-- rows: an AuditEntry as columns
-- locks: none
select
  a.id::text, a.at, a.issuer, a.subject, a.action, a.place, a.request_id, a.address, e.at, e.status, e.target, e.said
from audit a left join audit_end e on e.audit_id = a.id
where ($1::bigint is null or a.id < $1::bigint)
  and ($2::text is null or a.subject = $2::text)
  and ($3::text is null or a.action = $3::text)
  and ($4::timestamptz is null or a.at >= $4::timestamptz)
  and ($5::timestamptz is null or a.at < $5::timestamptz)
order by a.id desc
limit $6
