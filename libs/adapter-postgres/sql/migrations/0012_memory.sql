-- compatible
-- What jobs were seen to need, and what they were allowed.

-- Finished attempts of a task by the step that their peak memory fell into (libs/core/src/job/memory-size.ts).
create table task_memory (
  workflow_id bigint not null,
  task int not null,
  peak_mib int not null,
  jobs int not null check (jobs > 0),
  primary key (workflow_id, task, peak_mib),
  foreign key (workflow_id, task) references task (workflow_id, ordinal) on delete cascade
) with (fillfactor = 50);

-- Whether later jobs of the task get what earlier ones were seen to need. Then class_id changes.
alter table task add column memory_learn text not null
  generated always as (coalesce(template #>> '{resources,memoryLearn}', 'off')) stored;

-- What an attempt was allowed, where that was not what its template asks for.
alter table attempt add column allowed_mib int;
