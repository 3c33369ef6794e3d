/** What breaks a check of sql/queries/verify, planted into a database in which everything is right. */
export interface PlantedBreak {
  /** The check that must name it. */
  check: string;
  /** Must be among what it says; `#` is any number. */
  says: string;
  sql: string;
}

/** Outputs of the workflow's space had to lie there for the last hour. */
export const wasUnder = (prefix: string | null, since = '1 hour'): string =>
  `insert into output_prefix (space, since, prefix)
    select w.space, now() - interval '${since}', ${prefix === null ? 'null' : `'${prefix}'`} from workflow w where w.id = $w`;
/** The job that finished says that it wrote these. */
export const wrote = (...uris: string[]): string => {
  const files = uris.map((uri) => ({ name: 'a', uri, bytes: 1 }));
  return `update attempt set outputs = '${JSON.stringify({ files })}' where workflow_id = $w and ordinal = 0`;
};

/** For the database of someOfEverything(). */
export const plantedBreaks: readonly PlantedBreak[] = [
  {
    check: 'verify_jobs_there',
    says: '7 jobs were accepted; 6 are there',
    sql: 'delete from job where workflow_id = $w and ordinal = 5',
  },
  {
    check: 'verify_jobs_there',
    says: '6 with a state',
    sql: 'delete from job_state where workflow_id = $w and ordinal = 5',
  },
  {
    check: 'verify_workflow_ended',
    says: 'the workflow is done with 4 open jobs',
    sql: "update workflow set state = 'done' where id = $w",
  },
  {
    check: 'verify_workflow_ended',
    says: 'the workflow is running with 0 open jobs',
    sql: "update workflow set state = 'running' where id = $c",
  },
  {
    check: 'verify_queued',
    says: '$w:3 is ready, in 0 rows',
    sql: 'delete from ready where workflow_id = $w and ordinals = array[3]',
  },
  {
    check: 'verify_queued',
    says: '$w:2 is queued, but not ready',
    sql: "insert into held (workflow_id, ordinal, task, due_at) values ($w, 2, 0, 'infinity')",
  },
  {
    check: 'verify_queued',
    says: '$w:6 is ready, in 2 rows',
    sql: `insert into ready (class_id, priority, workflow_id, task, jobs, ordinals)
      select t.class_id, 500, $w, s.task, 1, array[6]
      from job_state s join task t on t.workflow_id = $w and t.ordinal = s.task
      where s.workflow_id = $w and s.ordinal = 6`,
  },
  {
    check: 'verify_waiting',
    says: '$w:1 is leased with parents_left 1',
    sql: 'update job_state set parents_left = 1 where workflow_id = $w and ordinal = 1',
  },
  {
    check: 'verify_waiting',
    says: '$w:2 is waiting with parents_left 0',
    sql: 'update job_state set parents_left = 0 where workflow_id = $w and ordinal = 2',
  },
  {
    check: 'verify_pruned',
    says: '$w:5 is waiting, below job 4, which failed',
    sql: 'update job_state set state = 0, reason = 0 where workflow_id = $w and ordinal = 5',
  },
  {
    check: 'verify_pruned',
    says: '$w:5 is ended by itself, below job 4',
    sql: 'update job_state set state = 3, reason = 0 where workflow_id = $w and ordinal = 5',
  },
  {
    check: 'verify_parents_left',
    says: '$w:2 parents_left is 2, unmet edges are 1',
    sql: 'update job_state set parents_left = 2 where workflow_id = $w and ordinal = 2',
  },
  {
    check: 'verify_parents_left',
    says: '$w:3 parents_left is 0, unmet edges are 1',
    sql: 'update job_state set state = 4, reason = 1 where workflow_id = $w and ordinal = 0',
  },
  {
    check: 'verify_attempts',
    says: '$w:0 is at attempt 1; 0 have ended, the newest is 0',
    sql: 'delete from attempt where workflow_id = $w and ordinal = 0',
  },
  {
    check: 'verify_attempts',
    says: '$w:6 is at attempt 2; 1 have ended',
    sql: 'update job_state set attempt = 2 where workflow_id = $w and ordinal = 6',
  },
  {
    check: 'verify_budgets',
    says: '$w:6 used 9 of',
    sql: 'update job_state set tries_used = 9 where workflow_id = $w and ordinal = 6',
  },
  {
    check: 'verify_leased',
    says: '$w:1 is leased as attempt 1; lease #, if it is open, names that 0 times',
    sql: 'update lease set ordinals = array[77] where open > 0',
  },
  {
    check: 'verify_leased',
    says: '$w:2 is leased as attempt 0',
    sql: 'update job_state set state = 2 where workflow_id = $w and ordinal = 2',
  },
  {
    check: 'verify_lease_open',
    says: 'lease # has 2 open attempts, 1 jobs run under it',
    sql: 'update lease set open = 2 where open = 1',
  },
  {
    check: 'verify_lease_open',
    says: 'lease # has -1 open attempts, 0 jobs',
    sql: 'update lease set open = -1 where open = 0',
  },
  {
    check: 'verify_ends',
    says: '$w:0 is finished, its attempt 1 ended with outcome 4',
    sql: 'update attempt set outcome = 4 where workflow_id = $w and ordinal = 0',
  },
  {
    check: 'verify_ends',
    says: '$w:0 is finished, its attempt 1 ended with outcome 3, reason 0, under lease #',
    sql: 'update attempt set lease_id = lease_id + 1 where workflow_id = $w and ordinal = 0',
  },
  {
    check: 'verify_ends',
    says: '$w:2 is finished, its attempt 0 has no end',
    sql: 'update job_state set state = 3 where workflow_id = $w and ordinal = 2',
  },
  {
    check: 'verify_ends',
    says: '$w:4 is failed for reason 3',
    sql: 'update job_state set reason = 3 where workflow_id = $w and ordinal = 4',
  },
  {
    check: 'verify_told',
    says: '$w:0 ended, and is named 0 times',
    sql: `update outbox set body = replace(body, '"finished":[0]', '"finished":[]') where workflow_id = $w`,
  },
  {
    check: 'verify_told',
    says: '$w:0 ended, and is named 2 times in the events of run 1, 2 as it ended',
    sql: `insert into outbox (partition, seq, workflow_id, run_no, type, body)
      select partition, seq + 1000, workflow_id, run_no, type, body from outbox
      where workflow_id = $w and body like '%"finished":[0]%'`,
  },
  {
    check: 'verify_told',
    says: '$w:4 ended, and is named 1 times in the events of run 1, 0 as it ended',
    sql: `update outbox set body = replace(body, '"reason":"error"', '"reason":"memory"') where workflow_id = $w`,
  },
  {
    check: 'verify_cancelled',
    says: '$c:1 may be handed out, and its workflow is cancelled',
    sql: "insert into held (workflow_id, ordinal, task, due_at) values ($c, 1, 0, 'infinity')",
  },
  {
    check: 'verify_outputs',
    says: '$w:4 run 1: 0 attempts finished, 1 that did not have outputs',
    sql: "update attempt set outputs = '{}' where workflow_id = $w and ordinal = 4",
  },
  {
    check: 'verify_outputs',
    says: '$w:0 run 1: 2 attempts finished',
    sql: `insert into attempt (workflow_id, lease_id, session_id, leased_at, ended_at, ordinal, attempt, run_no, outcome, reason)
      select workflow_id, lease_id, session_id, leased_at, ended_at, ordinal, 2, run_no, outcome, reason
      from attempt where workflow_id = $w and ordinal = 0`,
  },
  {
    check: 'verify_output_places',
    says: '$w:0 registered /data/ann/a.fits, which lay below no prefix of space trial',
    sql: `${wasUnder('/data/anna')}; ${wrote('/data/ann/a.fits')}`,
  },
  {
    check: 'verify_output_places',
    says: '$w:0 registered /data/ann/../eve/a.fits',
    sql: `${wasUnder('/data/ann')}; ${wrote('/data/ann/../eve/a.fits')}`,
  },
  {
    check: 'verify_output_places',
    says: '$w:0 registered no place, which',
    sql: `${wasUnder('s3://ann')}; update attempt set outputs = '{"files":"\\u0000"}' where workflow_id = $w and ordinal = 0`,
  },
  {
    check: 'verify_owners',
    says: 'label "failing" is counted as "eve" of space "trial"; it is "',
    sql: `with c as (
        insert into ready_class select n.* from ready_class c
        cross join lateral jsonb_populate_record(c, '{"id":-1,"key":"of eve","owner":"eve"}') n limit 1
        returning id
      )
      update task set class_id = c.id from c where workflow_id = $w and label = 'failing'`,
  },
  {
    check: 'verify_task_counts',
    says: '2 finished',
    sql: 'update task set finished = finished + 1, total = total + 1 where workflow_id = $w and finished = 1',
  },
  {
    check: 'verify_failure_counts',
    says: 'counts 3 jobs that failed for reason 1; there are 1',
    sql: 'update task_failure set jobs = 3 where workflow_id = $w and reason = 1',
  },
  {
    check: 'verify_failure_counts',
    says: 'counts 0 jobs that failed for reason 5; there are 1',
    sql: 'delete from task_failure where workflow_id = $w and reason = 5',
  },
  {
    check: 'verify_task_states',
    says: 'is done with',
    sql: "update task set state = 'done' where workflow_id = $w and state = 'running'",
  },
  {
    check: 'verify_limits',
    says: 'limit site:"here" counts 2 jobs and 1000 millicores; 1 and 1000 run under it',
    sql: "update limit_use set granted_jobs = granted_jobs + 1 where kind = 'site'",
  },
  {
    check: 'verify_limits',
    says: 'limit site:"here" counts 1 jobs and 1001 millicores; 1 and 1000 run under it',
    sql: `update limit_ended set millicores = millicores - 1
      where limit_id = (select id from limit_use where kind = 'site') and partition = 0`,
  },
  {
    check: 'verify_lease_limited',
    says: 'lease # says that none of its jobs is limited',
    sql: 'update lease set limited = false; update limit_change set lease_id = 0',
  },
  {
    check: 'verify_paused',
    says: '$w:3 is held back, and nothing is paused',
    sql: 'update ready set paused = true where workflow_id = $w and ordinals = array[3]',
  },
  {
    check: 'verify_paused',
    says: '$p:0 may be handed out, and it is paused',
    sql: 'update ready set paused = false where workflow_id = $p',
  },
  {
    check: 'verify_paused',
    says: '$p the workflow is paused, paused at no time',
    sql: 'update workflow_control set paused_at = null where workflow_id = $p',
  },
  {
    check: 'verify_paused',
    says: '$p:0 shares its ready row with 2 jobs, of which 1 are paused by themselves',
    sql: 'insert into paused_job (workflow_id, ordinal, paused_at) values ($p, 0, now())',
  },
  {
    check: 'verify_paused',
    says: '$w:3 is paused by itself; its workflow says f',
    sql: 'insert into paused_job (workflow_id, ordinal, paused_at) values ($w, 3, now())',
  },
  {
    check: 'verify_ready_rows',
    says: 'says that it has 5 jobs, and has 2',
    sql: 'update ready set jobs = 5 where workflow_id = $p',
  },
  {
    check: 'verify_ready_rows',
    says: '$w:3 is in ready row # of task 77',
    sql: 'update ready set task = 77 where workflow_id = $w and ordinals = array[3]',
  },
  {
    check: 'verify_events',
    says: 'partition #: # events from 1 to #',
    sql: 'update event_cursor set seq = seq + 1 where seq > 0',
  },
  {
    check: 'verify_events',
    says: 'partition #: # events from 1 to #',
    sql: 'delete from outbox where seq = 2',
  },
  {
    check: 'verify_events',
    says: 'partition #: # events from 2 to #, where those from 1 to # are kept',
    sql: 'delete from outbox where seq = 1',
  },
  {
    check: 'verify_events',
    says: 'partition #: 0 events from  to , where those from 1 to # are kept',
    sql: 'delete from outbox',
  },
];
