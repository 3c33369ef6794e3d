-- One step of a workflow's jobs as its document has them, in order: a row at least, and then as many as the bytes allow.
-- hot
-- params: 1 workflow id; 2 first ordinal; 3 rows; 4 bytes of text after which no further row comes
-- rows: name, label, template name ('': none), spec
-- locks: none
with step as materialized (
  select j.ordinal, j.task, j.name, j.spec, octet_length(j.name) + coalesce(octet_length(j.spec), 0) as bytes
  from job j
  where j.workflow_id = $1 and j.ordinal >= $2
  order by j.ordinal
  limit $3
),
summed as (
  select s.*, sum(s.bytes) over (order by s.ordinal) - s.bytes as bytes_before from step s
)
select s.name, t.label, t.template_name, s.spec
from summed s
cross join lateral (
  select t.label, t.template_name from task t where t.workflow_id = $1 and t.ordinal = s.task limit 1
) t
where s.bytes_before <= $4
order by s.ordinal
