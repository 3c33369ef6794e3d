-- Notes which of our own services are there. One that was not seen for a while, or a PostgreSQL that was started anew,
-- came back now: what its workers were silent for before may be our fault.
-- params: 1 services that were heard of since the last look, broker and postgres left out; 2 longest break in seconds that
--   is none
-- rows: none
-- locks: service_watch rows by name
with heard as (
  select h.service, '' as mark from unnest($1::text[]) as h(service)
  union
  values ('broker', ''), ('postgres', pg_postmaster_start_time()::text)
)
insert into service_watch as w (service, mark)
select h.service, h.mark from heard h
order by h.service
on conflict (service) do update
set
  mark = excluded.mark,
  seen_at = now(),
  up_since_at = case
    when w.mark <> excluded.mark or w.seen_at < now() - $2::float8 * interval '1 second' then now()
    else w.up_since_at
  end
