-- Sets a message aside that can never be applied. The same one again counts one more time, and is requeued no more.
-- params: stream, partition, body as text, bytes where the text is not all of it, digest of the bytes, reason, batch,
--   session, workflows, jobs
-- rows: none
-- locks: its row
insert into dead_letter (stream, partition, body, bytes, digest, reason, batch_id, session_id, workflow_ids, jobs)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (stream, partition, digest) do update
set times = dead_letter.times + 1, reason = excluded.reason, at = now(), requeued_at = null
