-- Whose a workflow is, and templates of its header by name.
-- params: workflow id, name[]
-- rows: space, owner's name, share (null: from before there were shares), public id if its policy has a parallelism
--   (else ''), name, template (json); name and template are null in the only row where there is none
-- locks: none
select
  w.space, owner_name(w.owner_issuer, w.owner_subject), w.share_id,
  case when w.header #>> '{policy,parallelism}' is null then '' else w.public_id end, n.name, n.template
from workflow w
left join lateral (
  select n.name, w.header #> array['templates', n.name] as template from unnest($2::text[]) as n(name)
) n on n.template is not null
where w.id = $1
