-- compatible
-- Who sees few spaces among many workflows of others lists them without a look at those.
create index workflow_space on workflow (space, submitted_at desc, id desc) where upload_state = 'sealed';
