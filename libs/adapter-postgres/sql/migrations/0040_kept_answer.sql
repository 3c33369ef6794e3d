-- compatible
-- Answers to orders that came with an Idempotency-Key, kept for their repeats. Who asked, where and with which key is in the
-- digest alone. Without an answer: somebody carries the order out, until `claimed_until` at the latest.
create table kept_answer (
  id bytea primary key,
  body_sha256 bytea not null,
  claim text not null,
  claimed_until timestamptz not null,
  -- JSON text, as it was sent; null: none yet
  answer text,
  made_at timestamptz not null default now()
);
create index kept_answer_made_at on kept_answer (made_at);
