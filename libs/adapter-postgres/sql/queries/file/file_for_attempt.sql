-- A file that an attempt needs: the session holds the attempt now, and its job names the file as an input.
-- params: session_id, workflow_id, ordinal, attempt, checksum (hexadecimal)
-- rows: at most one: the space, a FileView as columns (null: the space has no such file)
-- locks: none
select
  w.space, f.id::text, encode(f.sha256, 'hex'), f.bytes::text, f.media_type, f.creator_issuer, f.creator_subject,
  f.created_at, f.last_used_at
from job_state s
join lease l on l.id = s.lease_id and l.session_id = $1::bigint
join job j on j.workflow_id = s.workflow_id and j.ordinal = s.ordinal
join workflow w on w.id = s.workflow_id
left join file f on f.space = w.space and f.sha256 = decode($5, 'hex')
where s.workflow_id = $2::bigint and s.ordinal = $3::int and s.attempt = $4::smallint and s.state = 2
  and (
    j.spec::jsonb -> 'inputs' @> jsonb_build_array(jsonb_build_object('uri', 'sluice:sha256:' || $5::text))
    or exists (
      select from jsonb_each(j.spec::jsonb -> 'files') e
      where e.value ->> 'uri' = 'sluice:sha256:' || $5::text and j.spec::jsonb -> 'inputs' ? e.key
    )
  )
