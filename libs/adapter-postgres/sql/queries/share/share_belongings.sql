-- What a share cannot be removed with.
-- params: path
-- rows: shares below it, workflows of its own
-- locks: none
select
  (select count(*)::int from share b where b.parent_id = s.id),
  (select count(*)::int from workflow w where w.share_id = s.id)
from share s
where s.path = $1
