-- Makes a share below one that exists, unless it is there.
-- params: path, path of its parent or null
-- rows: none
-- locks: none that others wait for
insert into share (path, parent_id)
select $1, (select p.id from share p where p.path = $2)
where $2::text is null or exists (select from share p where p.path = $2)
on conflict (path) do nothing
