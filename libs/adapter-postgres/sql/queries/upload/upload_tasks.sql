-- Tasks by label and template.
-- params: workflow id, label[], template name[]
-- rows: ordinal or null, one per pair, in their order
-- locks: none
select t.ordinal
from unnest($2::text[], $3::text[]) with ordinality as k(label, template_name, place)
left join task t on t.workflow_id = $1 and t.label = k.label and t.template_name = k.template_name
order by k.place
