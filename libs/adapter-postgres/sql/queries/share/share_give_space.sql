-- Gives a space to a share: its users get their leaves there from now on.
-- params: space, path
-- rows: none
-- locks: the row
insert into share_space (space, share_id)
select $1, s.id from share s where s.path = $2
on conflict (space) do update set share_id = excluded.share_id
