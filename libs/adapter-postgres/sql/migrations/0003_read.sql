-- compatible
-- How people name a workflow: by a prefix of its id, or by its name (a name may be longer than an index entry may be).
create index workflow_id_prefix on workflow (public_id text_pattern_ops) where upload_state = 'sealed';
create index workflow_name on workflow (md5(name), id desc) where upload_state = 'sealed';
