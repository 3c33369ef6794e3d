-- compatible
-- A label is paused in all of its tasks. Rows of ready and held are marked while their task or their workflow is paused.
alter table task add column paused_at timestamptz;
