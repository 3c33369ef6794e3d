-- I12, at quiet: every event was published, and that was confirmed.
select o.workflow_id, null::int as ordinal, format('event %s.%s was never confirmed', o.partition, o.seq) as wrong
from outbox o
where o.confirmed_at is null
