-- compatible
-- What it takes to give a document back as it was submitted.

-- The header as it came; null for workflows that were submitted before this column was there.
alter table workflow add column written_header text;

-- Parents and groups of a run of jobs as the document names them, little-endian; see libs/core/src/seal/parent-pack.ts.
-- job_edge cannot say it: it holds children, and there groups are edges already. Written by seal, in steps.
create table parent_pack (
  workflow_id bigint not null references workflow (id) on delete cascade,
  first_ordinal int not null,
  jobs int not null,
  edges int not null,
  pack bytea not null,
  primary key (workflow_id, first_ordinal)
);
-- Few of these bytes could be saved, and trying costs the seal more than writing them.
alter table parent_pack alter column pack set storage external;
