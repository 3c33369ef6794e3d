-- compatible
-- Where outputs of a space had to lie, and since when: what was registered under one prefix stays right under the next.
create table output_prefix (
  space text not null,
  since timestamptz not null,
  prefix text, -- null: anywhere
  primary key (space, since)
);
insert into output_prefix (space, since, prefix) select s.name, now(), s.output_prefix from space s;

create function note_output_prefix() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' or new.output_prefix is distinct from old.output_prefix then
    insert into output_prefix as p (space, since, prefix) values (new.name, clock_timestamp(), new.output_prefix)
    on conflict (space, since) do update set prefix = excluded.prefix;
  end if;
  return null;
end $$;
create trigger space_output_prefix after insert or update of output_prefix on space
  for each row execute function note_output_prefix();
