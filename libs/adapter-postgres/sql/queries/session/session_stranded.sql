-- Sessions that are over and still hold attempts: giving them up was cut off, or a grant passed their end.
-- params: seconds since the end
-- rows: id
-- locks: none
select distinct l.session_id
from lease l
join session s on s.id = l.session_id
where l.open > 0 and s.state in ('ended', 'lost') and s.ended_at < now() - $1::float8 * interval '1 second'
