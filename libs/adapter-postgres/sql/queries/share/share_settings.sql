-- Half-life of use in seconds, and which space was given to which share.
-- params: none
-- rows: half-life, space or null, path of its share or null; at least one
-- locks: none
select t.half_life_sec, p.space, s.path
from share_setting t
left join share_space p on true
left join share s on s.id = p.share_id
