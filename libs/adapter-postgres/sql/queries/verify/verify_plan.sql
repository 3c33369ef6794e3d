-- Workflows that can be verified, in order: those that are sealed and not archived.
-- params: 1 after this number, 2 most rows, 3 only this number (null: any)
-- rows: number, jobs
-- locks: none
select w.id, w.job_count
from workflow w
where w.id > $1 and w.upload_state = 'sealed' and w.archived_at is null and ($3::bigint is null or w.id = $3)
order by w.id
limit $2
