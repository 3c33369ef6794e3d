/*
 * Cancel, finish and giving up, at once: a user cancels a workflow and later has it run again, while jobs end, workers are
 * given up, and brokers grant. Reports, losses and kills come late, in any order, or again.
 *
 * Two jobs: 1 waits for 0. Each atomic step is one SQL statement or one transaction (named beside it, of
 * libs/adapter-postgres/sql/queries). Transitions of a workflow hold its partition's lock and follow each other; grants do
 * not take it, and come between the statements of a cancel.
 *
 * C1  In each run a job ends once, and so does the workflow.
 * C2  Nothing is granted once a cancel has been answered, until the user has it run again.
 * C3  No worker stops an attempt that the books say is its own and running: a kill names one attempt.
 * C4  An attempt counts only in the run it was granted in.
 * C5  When nothing can happen any more, all jobs and the workflow have ended, and no worker holds or tells anything.
 *
 * Mutants: UNGUARDED_CANCEL (ends jobs whatever their state), REQUEUE_UNGUARDED (a lost attempt's job goes back to ready in
 * spite of the cancel), KILL_BY_JOB (a worker stops what has the job's number), REVIVE_ANY_RUN (a late end counts in a run
 * of after).
 */
#ifndef FAULTS /* a live worker given up, a message that comes again, a kill that is lost, an owner killed amid a cancel */
#define FAULTS 2
#endif
#define JOBS 2
#define WORKERS 2
#define INFRA 1    /* losses that a job may have in a run */
#define RUNS 2
#define ATTEMPTS 5 /* at most: RUNS * (1 + INFRA), and one more row so that too many would be seen */
#define NONE 255

#define WAITING 0
#define READY 1
#define LEASED 2
#define FINISHED 3
#define FAILED 4
#define AS_FINISHED 0
#define AS_FAILED 1
#define AS_LOST 2

#define row(job, attempt) ((job) * ATTEMPTS + (attempt) - 1)
#define message(r, kind) ((r) * 3 + (kind))

byte faults = FAULTS;
/* job_state; `queued`: named by a row of ready */
byte state[JOBS], attempt[JOBS], holder[JOBS], infra[JOBS];
bool queued[JOBS];
/* lease and attempt rows */
byte grantedTo[JOBS * ATTEMPTS], grantedRun[JOBS * ATTEMPTS];
bool recordedLost[JOBS * ATTEMPTS];
/* workflow, workflow_control, workflow_command */
byte runNo = 1;
bool open = true, cancelRequested, commandOpen;
bool locked; /* the partition */
/* stream TERMINAL, and kills on their way: of (worker, job) the attempt */
byte stored[JOBS * ATTEMPTS * 3], waiting;
byte kill[WORKERS * JOBS];
bool judged[JOBS * ATTEMPTS];
/* what the checks remember */
byte ends[JOBS], held[WORKERS];

inline store(r, kind) {
  if
  :: stored[message(r, kind)] == 0 -> stored[message(r, kind)] = 1; waiting++
  :: else
  fi
}

inline endJob(j, as) {
  state[j] = as; queued[j] = false;
  ends[j]++;
  assert(ends[j] == 1) /* C1 */
}

/* settle_open_jobs.sql, settle_end_workflows.sql */
inline closeWorkflow() {
  if
  :: state[0] >= FINISHED && state[1] >= FINISHED && open -> open = false
  :: else
  fi
}

/* settle_requeue.sql: of a workflow that is to be cancelled nothing goes back; the cancel ends it */
inline requeue(j) {
  state[j] = READY;
#ifdef REQUEUE_UNGUARDED
  queued[j] = true
#else
  queued[j] = !cancelRequested
#endif
}

/* settle_release.sql, settle_prune.sql */
inline tellChild(j, as) {
  if
  :: j == 0 && as == FINISHED && state[1] == WAITING -> state[1] = READY; queued[1] = !cancelRequested
  :: j == 0 && as == FAILED && state[1] == WAITING -> endJob(1, FAILED)
  :: else
  fi
}

inline settle(j, a, kind) {
  assert(grantedRun[row(j, a)] == runNo); /* C4 */
  if
  :: kind == AS_FINISHED -> endJob(j, FINISHED); tellChild(j, FINISHED)
  :: kind == AS_LOST && infra[j] < INFRA -> infra[j]++; recordedLost[row(j, a)] = true; requeue(j)
  :: else -> endJob(j, FAILED); tellChild(j, FAILED)
  fi
}

/* lease_grant.sql, as one statement */
proctype Broker() {
  byte j, w;
end:
  do
  :: atomic {
      ((state[0] == READY && queued[0]) || (state[1] == READY && queued[1])) && (held[0] == NONE || held[1] == NONE) ->
      if
      :: state[0] == READY && queued[0] -> j = 0
      :: state[1] == READY && queued[1] -> j = 1
      fi;
      if
      :: held[0] == NONE -> w = 0
      :: held[1] == NONE -> w = 1
      fi;
      assert(!cancelRequested || locked); /* C2: a cancel under way has not been answered */
      queued[j] = false; state[j] = LEASED; attempt[j]++; holder[j] = w;
      assert(attempt[j] < ATTEMPTS);
      grantedTo[row(j, attempt[j])] = w; grantedRun[row(j, attempt[j])] = runNo;
      held[w] = row(j, attempt[j]);
      j = 0; w = 0
    }
  od
}

#ifdef KILL_BY_JOB
#define isTold(w) (held[w] != NONE && kill[w * JOBS + held[w] / ATTEMPTS] > 0)
#else
#define isTold(w) (held[w] != NONE && kill[w * JOBS + held[w] / ATTEMPTS] == held[w] % ATTEMPTS + 1)
#endif
#define isOwn(r, w) \
  (state[(r) / ATTEMPTS] == LEASED && attempt[(r) / ATTEMPTS] == (r) % ATTEMPTS + 1 && holder[(r) / ATTEMPTS] == w)

proctype Worker(byte w) {
  byte journal = NONE, how;
end:
  do
  :: atomic { /* it ends */
      held[w] != NONE && journal == NONE ->
      if
      :: how = AS_FINISHED
      :: how = AS_FAILED
      fi;
      journal = held[w]; held[w] = NONE
    }
  :: atomic { isTold(w) -> assert(!isOwn(held[w], w)); held[w] = NONE } /* C3 */
  :: atomic { journal != NONE && !judged[journal] && stored[message(journal, how)] == 0 -> store(journal, how) }
  :: atomic { journal != NONE && judged[journal] -> journal = NONE; how = 0 }
  od
}

/* The brokers' side of beats: session_give_up.sql with session_attempts.sql, and what a worker holds that is not its own. */
proctype Watch() {
  byte w, r;
end:
  do
  :: atomic { /* given up though it lives; the end is told to TERMINAL */
      faults > 0 && (state[0] == LEASED || state[1] == LEASED) ->
      faults--;
      if
      :: state[0] == LEASED -> r = row(0, attempt[0])
      :: state[1] == LEASED -> r = row(1, attempt[1])
      fi;
      store(r, AS_LOST);
      r = 0
    }
  :: atomic { /* a worker's list against the books: granted anew, or ended */
      (held[0] != NONE && !isTold(0) && !isOwn(held[0], 0)) || (held[1] != NONE && !isTold(1) && !isOwn(held[1], 1)) ->
      if
      :: held[0] != NONE && !isTold(0) && !isOwn(held[0], 0) -> w = 0
      :: held[1] != NONE && !isTold(1) && !isOwn(held[1], 1) -> w = 1
      fi;
      r = held[w];
      if
      :: attempt[r / ATTEMPTS] > r % ATTEMPTS + 1 || state[r / ATTEMPTS] >= FINISHED ->
        kill[w * JOBS + r / ATTEMPTS] = r % ATTEMPTS + 1
      :: else /* given up, not granted anew: it may go on, and still count */
      fi;
      w = 0; r = 0
    }
  od
}

#ifdef REVIVE_ANY_RUN
#define inRun(r) true
#else
#define inRun(r) (grantedRun[r] == runNo)
#endif

/* settle_*.sql under the partition's lock; what concerns grants in its midst is in lease.pml */
proctype Transformer() {
  byte m, behind, r, j, a, kind;
end:
  do
  :: atomic {
      waiting > 0 && !locked ->
      behind = waiting;
      do
      :: stored[m] > 0 -> break
      :: stored[m] < behind -> behind = behind - stored[m]; m++
      od;
      if
      :: stored[m] = 0; waiting--
      :: faults > 0 -> faults-- /* it will come again */
      fi;
      r = m / 3; kind = m % 3; j = r / ATTEMPTS; a = r % ATTEMPTS + 1;
      if
      :: state[j] == LEASED && attempt[j] == a && holder[j] == grantedTo[r] -> settle(j, a, kind) /* settle_attempts.sql */
      :: else ->
        if /* settle_late_revive.sql */
        :: kind != AS_LOST && state[j] == READY && attempt[j] == a && recordedLost[r] && inRun(r) ->
          queued[j] = false; infra[j]--; recordedLost[r] = false;
          settle(j, a, kind)
        :: else /* duplicate or stale */
        fi
      fi;
      closeWorkflow();
      if
      :: kind != AS_LOST -> judged[r] = true
      :: else
      fi;
      m = 0; behind = 0; r = 0; j = 0; a = 0; kind = 0
    }
  od
}

/* The user: cancels at any time, or not; has what failed run again, once. */
proctype User() {
  byte j;
end:
  do
  :: atomic { /* command_request_cancel.sql and unqueue in one transaction: then it is answered */
      !locked && open && !cancelRequested ->
      cancelRequested = true; commandOpen = true; queued[0] = false; queued[1] = false
    }
  :: atomic { /* command_request_retry.sql, retry_open.sql, retry_jobs.sql, retry_parents.sql, retry_ready.sql */
      !locked && !open && !commandOpen && runNo < RUNS && (state[0] == FAILED || state[1] == FAILED) ->
      runNo++; open = true; cancelRequested = false;
      do
      :: j < JOBS ->
        if
        :: state[j] == FAILED -> ends[j] = 0; infra[j] = 0; state[j] = WAITING
        :: else
        fi;
        j++
      :: else -> break
      od;
      if
      :: state[0] == WAITING -> state[0] = READY; queued[0] = true
      :: else -> state[1] = READY; queued[1] = true
      fi;
      j = 0
    }
  od
}

/* runCommand() of run-command.ts by the partition's owner: cancelWorkflow(), one job a transaction so that it has several. */
proctype Owner() {
  byte j, last;
end:
  do
  :: atomic { commandOpen && !locked -> locked = true; queued[0] = false; queued[1] = false } /* cancel_unready.sql */
    if
    :: atomic { /* cancel_jobs.sql: the first that is open; cancel_count_down.sql; command_done.sql; commit */
        j = 0;
        do
        :: j < JOBS && state[j] >= FINISHED -> j++
        :: else -> break
        od;
#ifdef UNGUARDED_CANCEL
        j = 0;
#endif
        if
        :: j < JOBS ->
          if
          :: state[j] == LEASED && faults > 0 -> faults-- /* the kill is lost; the worker's list will tell */
          :: state[j] == LEASED -> kill[holder[j] * JOBS + j] = attempt[j]
          :: else
          fi;
          endJob(j, FAILED)
        :: else -> commandOpen = false
        fi;
        closeWorkflow();
        locked = false; j = 0
      }
    :: atomic { faults > 0 -> faults--; locked = false } /* killed: undone; whoever owns it next goes on */
    fi
  od
}

/* C5: when nobody can move any more */
proctype Quiet() {
end:
  timeout;
  assert(state[0] >= FINISHED && state[1] >= FINISHED);
  assert(!open && !commandOpen);
  assert(held[0] == NONE && held[1] == NONE);
  assert(waiting == 0)
}

init {
  byte i;
  atomic {
    state[0] = READY; queued[0] = true;
    do
    :: i < WORKERS -> held[i] = NONE; run Worker(i); i++
    :: else -> break
    od;
    run Broker();
    run Watch();
    run Transformer();
    run User();
    run Owner();
    run Quiet()
  }
}
