-- compatible
-- A dead letter says what it is about, how often it was set aside, and whether it was put back. `body` is for people;
-- `bytes` is what the message held where that is not the same. The same message again is the same letter: `digest` is of
-- its bytes; null where one from before is there twice.
alter table dead_letter
  add column first_at timestamptz not null default now(),
  add column times int not null default 1,
  add column requeued_at timestamptz,
  add column bytes bytea,
  add column digest bytea,
  add column batch_id uuid,
  add column session_id bigint,
  add column workflow_ids bigint[] not null default '{}',
  add column jobs int not null default 0;
update dead_letter set first_at = at;
update dead_letter set digest = sha256(convert_to(body, 'UTF8'))
where id in (select min(id) from dead_letter group by stream, partition, body);
create unique index dead_letter_digest on dead_letter (stream, partition, digest);
