-- Begins what is so now; what another broker began meanwhile stays.
-- hot
-- params: pairwise: 1 class, 2 cause, 3 subject, 4 told, 5 detail (json)
-- rows: none
-- locks: class_wait by class_id
insert into class_wait (class_id, cause, subject, told, detail)
select n.class_id, n.cause, n.subject, n.told, n.detail::jsonb
from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[]) as n(class_id, cause, subject, told, detail)
order by n.class_id
on conflict (class_id) where until_at is null do nothing
