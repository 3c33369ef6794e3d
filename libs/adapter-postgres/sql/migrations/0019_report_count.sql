-- compatible
-- How many ends of attempts came to nothing, or came late, from the workers of a site. A row is written by the owner of its
-- partition only, so that settling waits for nobody; ends that count the plain way write nothing here.
create table report_count (
  site text not null,
  partition smallint not null,
  late bigint not null,
  duplicate bigint not null,
  stale bigint not null,
  primary key (site, partition)
) with (fillfactor = 50);
