-- compatible
-- Batches that came again, and how processes fared with them: one that ended with a batch in hand said nothing more about it,
-- and the next one sees it by its name in `holder`. Only what came again has a row. It goes when the batch is settled; one with
-- ends that were set aside stays for as long as batch_seen does, so that copies of it are known.
create table batch_in_hand (
  digest bytea primary key,
  partition smallint not null,
  batch_id uuid not null,
  -- Who has it in hand, a process in one of its lives; null: nobody.
  holder uuid,
  taken_at timestamptz not null default now(),
  deaths int not null default 0,
  -- Events before this one are settled, or set aside.
  settled int not null default 0,
  -- What is in hand ends here, alone; null: the whole batch, among others.
  part_end int,
  -- The smallest part that a process died with ended here.
  killed_end int,
  -- With the first event that is not settled alone in hand.
  deaths_alone int not null default 0,
  set_aside int not null default 0,
  duplicate int[] not null default '{}',
  stale int[] not null default '{}'
);
create index batch_in_hand_taken on batch_in_hand (taken_at);
create index dead_letter_workflow on dead_letter using gin (workflow_ids);
