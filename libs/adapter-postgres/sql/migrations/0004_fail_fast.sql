-- compatible
-- Whether the first failure for good cancels the rest of a workflow: from the policy of its document.
alter table workflow add column fail_fast boolean not null
  generated always as (coalesce(header #>> '{policy,onFailure}' = 'failFast', false)) stored;
