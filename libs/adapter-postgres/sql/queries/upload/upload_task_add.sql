-- Makes the tasks that do not exist; the caller holds the workflow's row, so that ordinals have no gap.
-- params: workflow id, label[], template name[], template (json)[], class key[], priority[], retries[], infra_retries[]
-- rows: none
-- locks: none
insert into task (workflow_id, ordinal, label, template_name, template, class_id, priority, retries, infra_retries)
select $1, (select count(*) from task where workflow_id = $1) + row_number() over (order by n.place) - 1,
  n.label, n.template_name, n.template::jsonb, c.id, n.priority, n.retries, n.infra_retries
from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::smallint[], $8::smallint[])
  with ordinality as n(label, template_name, template, class_key, priority, retries, infra_retries, place)
join ready_class c on c.key = n.class_key
where not exists (
  select from task t where t.workflow_id = $1 and t.label = n.label and t.template_name = n.template_name
)
