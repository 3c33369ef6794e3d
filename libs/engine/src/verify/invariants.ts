import type { CheckScope } from '../ports/verify-store.js';

/** A statement of sql/queries/verify that returns what breaks an invariant. */
export interface Check {
  readonly name: string;
  readonly scope: CheckScope;
}

/** What must hold at every commit. Those without checks cannot be told from the tables of production: `left` says why. */
export interface Invariant {
  readonly id: string;
  readonly says: string;
  readonly checks: readonly Check[];
  /** What of it only the test suite can check; null: nothing. */
  readonly left: string | null;
}

const jobs = (...names: string[]): Check[] => names.map((name) => ({ name, scope: 'jobs' }));
const workflows = (...names: string[]): Check[] => names.map((name) => ({ name, scope: 'workflows' }));
const once = (...names: string[]): Check[] => names.map((name) => ({ name, scope: 'once' }));

const order = 'needs the order of all transitions (verify mode)';
const messages = 'needs a record of all messages';
const workers = 'needs records of the workers';
const calls = 'needs a record of all calls';

/**
 * I1-I30 are those that every release is tried against, D1-D3 what our own design adds. I26 comes with push mode.
 * docs/verify.md tells where each is checked.
 */
export const invariants: readonly Invariant[] = [
  {
    id: 'I1',
    says: 'no job is lost: all are there, and one that may run is queued',
    checks: [...workflows('verify_jobs_there', 'verify_workflow_ended'), ...jobs('verify_queued')],
    left: calls,
  },
  { id: 'I2', says: 'a job ends once in each run', checks: [], left: order },
  { id: 'I3', says: 'no job leaves an end state, no transition is a forbidden one', checks: [], left: order },
  {
    id: 'I4',
    says: 'no job is leased before its edges are met, none waits afterwards',
    checks: jobs('verify_waiting'),
    left: order,
  },
  { id: 'I5', says: 'nothing runs below a job that failed for good', checks: jobs('verify_pruned'), left: null },
  { id: 'I6', says: 'unmet edges are counted right', checks: jobs('verify_parents_left'), left: null },
  {
    id: 'I7',
    says: 'attempts have no gaps, one at most is open, no budget is overdrawn',
    checks: [...jobs('verify_attempts', 'verify_budgets', 'verify_leased'), ...once('verify_lease_open')],
    left: order,
  },
  { id: 'I8', says: 'how a job ended is how its last attempt did', checks: jobs('verify_ends'), left: order },
  { id: 'I9', says: 'each report counts once, however often it comes', checks: [], left: messages },
  {
    id: 'I10',
    says: 'every end is told once, in the transaction that made it',
    checks: jobs('verify_told'),
    left: order,
  },
  { id: 'I11', says: 'nothing is told that was not committed', checks: [], left: messages },
  { id: 'I12', says: 'what is to be told gets out', checks: [], left: messages },
  { id: 'I13', says: 'attempts of a job are applied in their order', checks: [], left: order },
  { id: 'I14', says: 'a report is applied whole or not at all', checks: [], left: messages },
  { id: 'I15', says: 'only ends leave on the event stream', checks: [], left: messages },
  { id: 'I16', says: 'a lost stream is made up for', checks: [], left: messages },
  { id: 'I17', says: 'no cap is exceeded at any instant', checks: [], left: order },
  { id: 'I18', says: 'no worker runs more than it offers', checks: [], left: workers },
  {
    id: 'I19',
    says: 'what is counted under a limit is what runs under it',
    checks: once('verify_limits', 'verify_lease_limited'),
    left: null,
  },
  {
    id: 'I20',
    says: "outputs lie below the prefix of their space, and jobs count as their owner's",
    checks: [...jobs('verify_output_places'), ...workflows('verify_owners')],
    left: null,
  },
  { id: 'I21', says: 'nobody reads what is of others', checks: [], left: calls },
  {
    id: 'I22',
    says: 'nothing of a cancelled workflow is handed out',
    checks: workflows('verify_cancelled'),
    left: order,
  },
  { id: 'I23', says: 'a call sent again has one effect', checks: [], left: calls },
  { id: 'I24', says: 'no attempt is run by two workers', checks: [], left: workers },
  { id: 'I25', says: 'every run too many has a lost lease as its cause', checks: [], left: workers },
  {
    id: 'I27',
    says: 'only a finished attempt has outputs, one in each run',
    checks: jobs('verify_outputs'),
    left: null,
  },
  {
    id: 'I28',
    says: 'the counts of labels are the counts of their jobs',
    checks: workflows('verify_task_counts', 'verify_failure_counts', 'verify_task_states'),
    left: null,
  },
  { id: 'I29', says: 'no transaction of ours is older than 5 s', checks: [], left: 'needs a look every second' },
  { id: 'I30', says: 'every report is accounted for', checks: [], left: messages },
  { id: 'D1', says: 'what is paused is held back, and nothing else', checks: workflows('verify_paused'), left: null },
  { id: 'D2', says: 'ready rows say what is in them', checks: jobs('verify_ready_rows'), left: null },
  { id: 'D3', says: 'the events of a partition have no gap', checks: once('verify_events'), left: null },
];
