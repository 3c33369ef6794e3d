-- Shares by path.
-- params: path[]
-- rows: id or null, one per path, in their order
-- locks: none
select s.id
from unnest($1::text[]) with ordinality as p(path, no)
left join share s on s.path = p.path
order by p.no
