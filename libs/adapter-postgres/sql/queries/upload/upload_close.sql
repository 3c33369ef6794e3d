-- Closes an upload, once, and leaves its seal to the partition's owner.
-- params: public id, seal request (json)
-- rows: partition, if this call closed it
-- locks: the workflow's row
with closed as (
  update workflow set upload_state = 'sealing' where public_id = $1 and upload_state = 'uploading' returning id, partition
)
insert into workflow_command (workflow_id, partition, kind, args)
select id, partition, 'seal', $2::jsonb from closed
returning partition
