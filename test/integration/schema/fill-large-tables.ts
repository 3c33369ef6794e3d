import type { Client } from 'pg';

/** Rows in each of the large tables after the fill: DESIGN section 4 asks for a million. */
export const largeRows = 1_000_000;

const partitioned = ['job', 'job_edge', 'job_state', 'attempt'];

/** Tables that a hot statement must never read from end to end. */
export const largeTables = {
  partitioned,
  large: [...partitioned, 'outbox', 'batch_seen', 'lease', 'ready', 'held', 'paused_job'],
};

/**
 * Fills a migrated, empty database so that the planner sees what it sees in production: four workflows, each in a
 * partition of its own, of 250,000 jobs each, all of them settled.
 */
export async function fillLargeTables(client: Client): Promise<void> {
  await client.query('set synchronous_commit = off; set maintenance_work_mem = 131072');
  await client.query('select make_partition_range(n) from generate_series(0, 3) n');
  await client.query(workflowsSql);
  for (const fill of [jobsSql, edgesSql, statesSql, attemptsSql, smallerSql]) await client.query(fill);
  await client.query('analyze');
}

const workflowsSql = `
insert into ready_class (key, transform, cores, memory_mib, gpus, disk_mib, sites, mode)
  values ('noop', 'noop', 1, 1, 0, 0, '{}', 'auto');
insert into workflow (id, public_id, space, owner_issuer, owner_subject, name, header, state, upload_state, job_count)
  select n * 1048576::bigint + 1, 'w-aaaaaaaaa' || chr(97 + n), 's', 'i', 'o', 'n', '{}', 'running', 'sealed', 250000
  from generate_series(0, 3) n;
insert into workflow_control (workflow_id) select id from workflow;
insert into task (workflow_id, ordinal, label, template_name, template, class_id, priority, retries, infra_retries,
    total, finished)
  select w.id, t, 'label' || t, 't', '{}', c.id, 500, 0, 10, 25000, 25000
  from workflow w, generate_series(0, 9) t, ready_class c`;

const jobsSql = `
insert into job (workflow_id, ordinal, task, kind, name)
select w.id, o, o / 25000, 0, 'job' || o from workflow w, generate_series(0, 249999) o`;

const edgesSql = `
insert into job_edge (workflow_id, ordinal, on_success, on_ended)
select w.id, o, array[o + 25000, o + 25001, o + 25002], '{}' from workflow w, generate_series(0, 249999) o`;

const statesSql = `
insert into job_state (workflow_id, ordinal, task, parents_left, state, attempt)
select w.id, o, o / 25000, 0, 3, 1 from workflow w, generate_series(0, 249999) o`;

const attemptsSql = `
insert into attempt (workflow_id, lease_id, session_id, leased_at, ended_at, ordinal, attempt, run_no, outcome, reason)
select w.id, o / 500, 1, now(), now(), o, 1, 1, 0, 0 from workflow w, generate_series(0, 249999) o`;

const smallerSql = `
insert into outbox (partition, seq, workflow_id, run_no, type, body, confirmed_at)
  select p, s, 1, 1, 'x', '{}', now() from generate_series(0, 15) p, generate_series(1, 10000) s;
insert into batch_seen (batch_id, session_id, events, duplicate, stale)
  select gen_random_uuid(), 1, 500, '{}', '{}' from generate_series(1, 100000);
insert into session (site, worker, cores, memory_mib, tags, transforms)
  select 'local', 'w' || n, 1, 1024, '{}', '{noop@1}' from generate_series(1, 1000) n;
insert into lease (session_id, request_id, token, open, workflow_ids, ordinals, attempts)
  select s.id, 'r' || n, 't', 0, '{1}', '{1}', '{1}' from session s, generate_series(1, 100) n;
insert into ready (class_id, priority, workflow_id, task, jobs, ordinals)
  select c.id, 500, w.id, n % 10, 400, array(select n * 400 + o from generate_series(0, 399) o)
  from ready_class c, workflow w, generate_series(0, 499) n;
insert into held (workflow_id, ordinal, task, due_at)
  select 1, o, 0, now() + interval '1 hour' from generate_series(0, 99999) o`;
