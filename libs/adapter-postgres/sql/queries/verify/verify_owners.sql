-- I20: jobs of a workflow are queued and counted as its owner's, in its space. Before owners were told apart by issuer a class
-- had the subject alone.
-- params: workflows 1 from, 2 to (numbers, both included); 3 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
select t.workflow_id, null::int, format('label %s is counted as %s of space %s; it is %s of space %s',
  to_json(t.label), to_json(c.owner), to_json(c.space), to_json(owner_name(w.owner_issuer, w.owner_subject)), to_json(w.space))
from task t
join workflow w on w.id = t.workflow_id
join ready_class c on c.id = t.class_id
where t.workflow_id between $1::bigint and $2::bigint
  and (c.space not in (w.space, '') or c.owner not in (owner_name(w.owner_issuer, w.owner_subject), w.owner_subject, ''))
limit $3
