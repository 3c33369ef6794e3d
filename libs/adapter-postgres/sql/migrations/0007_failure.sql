-- compatible
-- What failed attempts have in common, and where their logs lie.

-- fingerprint: which error group a failed attempt belongs to; see libs/core/src/failure. Null for what did not fail.
alter table attempt add column signal text, add column fingerprint bigint;

-- Attempts that failed before there were fingerprints are alike by label, reason and exit code.
update attempt a
set fingerprint = hashtextextended(concat_ws(' ', t.label, a.reason, a.exit_code), 0)
from job_state s
join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
where s.workflow_id = a.workflow_id and s.ordinal = a.ordinal and a.outcome = 4 and a.batch_id is not null;

-- Failed attempts only: those that finished pay nothing for it.
create index attempt_alike on attempt (workflow_id, fingerprint, ordinal) where fingerprint is not null;

-- Where a worker keeps the folders of its attempts, on its own machine.
alter table session add column work_dir text;

-- Events of one workflow, in order.
create index outbox_workflow on outbox (workflow_id, seq);
