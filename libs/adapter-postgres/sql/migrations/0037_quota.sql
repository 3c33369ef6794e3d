-- compatible
-- How many jobs of a space or user may be open at once: submitted and not ended. Counted when one is submitted, not kept.
alter table quota add column cap_queued_jobs integer check (cap_queued_jobs >= 0);
create index workflow_not_ended on workflow (id) where ended_at is null;
