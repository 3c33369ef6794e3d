-- Reads what a decision about failed attempts needs: budgets, what was used of them, and the retry policy.
-- hot
-- params: workflow_id[], ordinal[]
-- rows: position in the arrays (from 1), task, tries used, infra used, retries, infra retries, retry policy (json text),
--   label
-- locks: none; the caller holds the partition's lock, so nobody else ends these attempts meanwhile
select e.no, s.task, s.tries_used, s.infra_used, t.retries, t.infra_retries, (t.template -> 'retry')::text, t.label
from unnest($1::bigint[], $2::int[]) with ordinality as e(workflow_id, ordinal, no)
join job_state s on s.workflow_id = e.workflow_id and s.ordinal = e.ordinal
join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
