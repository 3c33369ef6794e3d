-- What these classes waited for between two moments, the oldest first.
-- hot
-- params: 1 class ids; 2 from, 3 until
-- rows: class_id, from_at, until_at (null: it still is so), cause, subject, told, detail (json)
-- locks: none
select w.class_id, w.from_at, w.until_at, w.cause, w.subject, w.told, w.detail
from class_wait w
where w.class_id = any($1::int[]) and w.from_at < $3::timestamptz and coalesce(w.until_at, 'infinity') > $2::timestamptz
order by w.from_at
limit 10000
