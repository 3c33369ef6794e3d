-- The parent pack that begins with a job. As base64: the client decodes every field as text.
-- params: 1 workflow id; 2 ordinal of its first job
-- rows: bytes of the pack, pack (base64) (at most 1)
-- locks: none
select octet_length(p.pack), encode(p.pack, 'base64')
from parent_pack p
where p.workflow_id = $1 and p.first_ordinal = $2
