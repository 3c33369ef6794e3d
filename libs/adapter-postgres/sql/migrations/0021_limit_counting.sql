-- compatible
-- A limit is counted beside the work, after a lock of a moment: until then it has no caps. The change that began it; null: it is
-- in force.
alter table limit_use add column counting bigint;
-- The newest lease there was when a limit was set: all up to it are taken for limited, whatever they say.
alter table limit_change add column lease_id bigint not null default 0;
