-- Notes that a sites file was applied.
-- params: hash
-- rows: none
-- locks: the row
insert into site_file (hash) values ($1)
on conflict (only_one) do update set hash = excluded.hash, applied_at = now()
