/*
 * Lease and fence: brokers grant, workers report, the transformer settles; messages are lost, repeated and reordered,
 * workers are cut off, given up, or die.
 *
 * Each atomic step is one SQL statement (named beside it, of libs/adapter-postgres/sql/queries) or one message. What a
 * transaction has done is seen by others when it commits; its row locks hold until then. Ends of attempts wait in a bag:
 * stream TERMINAL with any delay, order and repetition.
 *
 * F1  A job ends once.
 * F2  What is applied is of the attempt that was granted last, under its own lease; each attempt's end once.
 * F3  A request has one lease, however often it is asked and whichever broker answers.
 * F4  Nothing is forgotten: when nothing can happen any more, all jobs have ended, no journal of a worker that lives holds
 *     anything, and of a finished job one attempt counted.
 *
 * Mutants, one guard taken away each: NO_FENCE (attempt and lease are not compared), BLIND_REVIVE (a late end trusts what
 * it saw before a grant), NO_REQUEST_KEY (a request whose answer was lost is granted again; with two jobs).
 */
#ifndef JOBS
#define JOBS 1
#endif
/* So many in all, of any kind: an answer lost, a message delivered again, a wiped stream, a live worker cut off until it is
 * given up, a worker killed, a broker killed in the midst of giving one up. */
#ifndef FAULTS
#define FAULTS 2
#endif
#define WORKERS 2
#define RETRIES 1 /* of the document: failures of the payload */
#define INFRA 1   /* and losses */
#define ATTEMPTS 4 /* at most: 1 + RETRIES + INFRA, and one more row so that too many would be seen */
#define LIVES (FAULTS + 1) /* sessions that a worker may come to have */
#define SESSIONS (WORKERS * LIVES + 1) /* 0 is none */

#define READY 1
#define LEASED 2
#define FINISHED 3
#define FAILED 4
/* how an attempt ended */
#define AS_FINISHED 0
#define AS_FAILED 1
#define AS_LOST 2

#define row(job, attempt) ((job) * ATTEMPTS + (attempt) - 1)
#define ended(job) (state[job] >= FINISHED)

/* job_state; `queued`: named by a row of ready */
byte state[JOBS], attempt[JOBS], holder[JOBS], tries[JOBS], infra[JOBS];
bool queued[JOBS];
/* lock of the job's ready row by the settle in hand; a grant waits for it, and is itself one step */
bool locked[JOBS];
/* lease: one a job here, so its id is row(job, attempt); `attempt` of a given-up one says `lost` */
byte leaseSession[JOBS * ATTEMPTS], leaseRequest[JOBS * ATTEMPTS];
bool recordedLost[JOBS * ATTEMPTS];
/* session; a worker's current one is among them */
bool live[SESSIONS], over[SESSIONS];
/* stream TERMINAL: which messages wait, how many in all; two of one kind are as good as one that comes again */
byte stored[JOBS * ATTEMPTS * 3], waiting, inHand = 255;
/* batch_seen: the worker's report has its verdict */
bool judged[JOBS * ATTEMPTS];

/* the wire between workers and brokers */
byte session[WORKERS], asking[WORKERS], answer[WORKERS];
bool dead[WORKERS];

byte faults = FAULTS;
/* what the checks remember */
byte ends[JOBS];
bool counted[JOBS * ATTEMPTS];

#define message(r, kind) ((r) * 3 + (kind))
inline store(r, kind) {
  if
  :: stored[message(r, kind)] == 0 -> stored[message(r, kind)] = 1; waiting++
  :: else
  fi
}

/* lease_replay.sql: the lease of a request that was granted before; -1: none */
inline leaseOf(s, request, found) {
  found = 255;
  r = 0;
  do
  :: r < JOBS * ATTEMPTS ->
    if
    :: leaseSession[r] == s && leaseRequest[r] == request ->
      assert(found == 255); /* F3 */
      found = r
    :: else
    fi;
    r++
  :: else -> break
  od
}

/* session_attempts.sql, then what was held is told to TERMINAL; or kill -9 before, and another broker goes on */
inline tell() {
  if
  :: atomic {
      do
      :: j < JOBS ->
        if
        :: state[j] == LEASED && holder[j] == mine -> store(row(j, attempt[j]), AS_LOST)
        :: else
        fi;
        j++
      :: else -> break
      od;
      j = 0; mine = 0
    }
  :: atomic { faults > 0 -> faults--; mine = 0 }
  fi
}

/* Something for a worker that asks: its request was granted already, or a job waits. */
#define leased(r, w) (leaseSession[r] == session[w] && leaseRequest[r] == asking[w])
#if JOBS == 1
#define waits (state[0] == READY && queued[0])
#define granted(w) (leased(0, w) || leased(1, w) || leased(2, w) || leased(3, w))
#else
#define waits ((state[0] == READY && queued[0]) || (state[1] == READY && queued[1]))
#define granted(w) (leased(0, w) || leased(1, w) || leased(2, w) || leased(3, w) \
  || leased(4, w) || leased(5, w) || leased(6, w) || leased(7, w))
#endif
#define isOpen(w) (asking[w] > 0 && answer[w] == 255 && (granted(w) || (waits && live[session[w]])))
#define isSilent(w) (session[w] > 0 && live[session[w]] && (dead[w] || faults > 0))
/* session_stranded.sql (H4): over, and still holding what nobody told of */
#define isStranded(j) (state[j] == LEASED && over[holder[j]] && stored[message(row(j, attempt[j]), AS_LOST)] == 0)

/* An ask arrives, perhaps at both brokers; it is open until it is answered. */
inline take() {
  isOpen(0) || isOpen(1) ->
  if
  :: isOpen(0) -> w = 0
  :: isOpen(1) -> w = 1
  fi;
  s = session[w]; request = asking[w]
}

/* lease_replay.sql, then lease_grant.sql with the unique (session_id, request_id) of lease */
inline grant() {
  leaseOf(s, request, found);
#ifdef NO_REQUEST_KEY
  found = 255;
#endif
  if
  :: found != 255
  :: else ->
    if
    :: live[s] && state[0] == READY && queued[0] && !locked[0] -> j = 0
#if JOBS > 1
    :: live[s] && state[1] == READY && queued[1] && !locked[1] -> j = 1
#endif
    :: else -> j = 255
    fi;
    if
    :: j != 255 ->
      queued[j] = false; state[j] = LEASED; attempt[j]++; holder[j] = s;
      assert(attempt[j] < ATTEMPTS);
      found = row(j, attempt[j]);
      leaseSession[found] = s; leaseRequest[found] = request;
#ifdef NO_REQUEST_KEY
      leaseOf(s, request, found);
#endif
    :: else
    fi
  fi;
  if /* the answer: to who asks still, or lost */
  :: found != 255 && session[w] == s && asking[w] == request && answer[w] == 255 -> answer[w] = found
  :: found != 255 && faults > 0 -> faults--
  :: else
  fi;
  w = 0; s = 0; request = 0; r = 0; found = 0; j = 0
}

proctype Broker() {
  byte w, s, request, r, found, j;
end:
  do
  :: atomic { take(); grant() }
  od
}

/* One that may act on an ask of long ago. */
proctype SlowBroker() {
  byte w, s, request, r, found, j;
end:
  do
  :: atomic { take() }
    atomic { grant() }
  od
}

/* The brokers' search for the lost: H1-H4 of session-desk.ts. */
proctype Watch() {
  byte w, j, mine; /* the session that is being given up */
end:
  do
  :: atomic { /* session_give_up.sql: one broker gets it */
      isSilent(0) || isSilent(1) ->
      if
      :: isSilent(0) -> w = 0
      :: isSilent(1) -> w = 1
      fi;
      if
      :: dead[w]
      :: else -> faults--
      fi;
      mine = session[w]; live[mine] = false; over[mine] = true; w = 0
    }
    tell()
  :: atomic { isStranded(0) -> mine = holder[0] }
    tell()
#if JOBS > 1
  :: atomic { isStranded(1) -> mine = holder[1] }
    tell()
#endif
  od
}

proctype Worker(byte w) {
  byte request;              /* number of its newest ask in this session */
  byte held = 255;           /* the lease it runs */
  byte journal = 255, how;   /* the end it has to tell */
end:
  do
  :: atomic { /* kill -9: what it ran is gone, and so is its journal for as long as nobody starts it again */
      faults > 0 && held != 255 -> faults--;
      dead[w] = true; held = 255; journal = 255; how = 0; asking[w] = 0; answer[w] = 255;
      break
    }
  :: atomic { /* session_register.sql: told that its session is over it registers anew and keeps what it has */
      (session[w] == 0 || over[session[w]]) && held == 255 && asking[w] == 0 ->
      request = 0;
      session[w] = (session[w] == 0 -> w * LIVES + 1 : session[w] + 1);
      live[session[w]] = true
    }
  :: atomic { /* POST lease */
      held == 255 && asking[w] == 0 && session[w] > 0 && live[session[w]] && waits -> request++; asking[w] = request
    }
  :: atomic { answer[w] != 255 -> held = answer[w]; answer[w] = 255; asking[w] = 0 }
  :: atomic { asking[w] > 0 && answer[w] == 255 && over[session[w]] -> asking[w] = 0 } /* 404 */
  :: atomic { /* it ends; the journal is on disk before anybody hears of it */
      held != 255 && journal == 255 ->
      if
      :: how = AS_FINISHED
      :: how = AS_FAILED
      fi;
      journal = held; held = 255
    }
  :: atomic { /* POST report, and again for as long as there is no verdict */
      journal != 255 && !judged[journal] && stored[message(journal, how)] == 0 && inHand != message(journal, how) ->
      store(journal, how)
    }
  :: atomic { /* a verdict, whichever: the journal lets go */
      journal != 255 && judged[journal] -> journal = 255; how = 0
    }
  od
}

/* settle_attempts.sql: the fence */
#ifdef NO_FENCE
#define passes(j, a) (state[j] == LEASED)
#else
#define passes(j, a) (state[j] == LEASED && attempt[j] == a && holder[j] == leaseSession[row(j, a)])
#endif

inline settle(j, a, kind) {
  r = row(j, a);
  assert(a == attempt[j] && holder[j] == leaseSession[r]); /* F2: nothing of an attempt that was granted anew since */
  assert(!counted[r]); /* F2: once */
  counted[r] = true;
  if
  :: kind == AS_FINISHED -> state[j] = FINISHED
  :: kind == AS_FAILED && tries[j] < RETRIES -> tries[j]++; state[j] = READY; queued[j] = true /* settle_requeue.sql */
  :: kind == AS_LOST && infra[j] < INFRA ->
    infra[j]++; recordedLost[r] = true; state[j] = READY; queued[j] = true
  :: else -> state[j] = FAILED
  fi;
  if
  :: ended(j) -> ends[j]++; assert(ends[j] == 1) /* F1 */
  :: else
  fi
}

/* One process stands for all transformers: the partition's lock makes their transactions follow each other. */
proctype Transformer() {
  byte m, behind, r, j, a, kind;
  bool late;
end:
  do
  :: atomic { /* any message that waits: delivered, acknowledged after the commit or delivered again */
      waiting > 0;
      behind = waiting;
      do
      :: stored[m] > 0 -> break
      :: stored[m] < behind -> behind = behind - stored[m]; m++
      od;
      if
      :: faults > 0 -> faults-- /* it will come again */
      :: stored[m]--; waiting--
      fi;
      behind = 0; inHand = m;
      r = m / 3; kind = m % 3; j = r / ATTEMPTS; a = r % ATTEMPTS + 1
    }
    atomic { /* begin; settle_attempts.sql; what it refuses may be late: settle_late_unhold.sql looks */
      late = false;
      if
      :: passes(j, a) -> settle(j, a, kind)
      :: else ->
        late = kind != AS_LOST && state[j] == READY && attempt[j] == a && recordedLost[row(j, a)]
      fi
    }
    if
    :: late ->
      atomic { /* settle_late_unready.sql: out of its ready row; a grant that was first has won */
        locked[j] = true
      }
      atomic { /* settle_late_revive.sql guards again, then settle_attempts.sql; commit */
#ifdef BLIND_REVIVE
        if
        :: true ->
#else
        if
        :: state[j] == READY && attempt[j] == a && holder[j] == leaseSession[row(j, a)] ->
#endif
          queued[j] = false; state[j] = LEASED; infra[j]--; recordedLost[row(j, a)] = false; counted[row(j, a)] = false;
          settle(j, a, kind)
#ifndef BLIND_REVIVE
        :: else
#endif
        fi;
        locked[j] = false
      }
    :: else
    fi;
    atomic { /* settle_record.sql: batch_seen; the ack */
      if
      :: kind != AS_LOST -> judged[row(j, a)] = true
      :: else
      fi;
      m = 0; r = 0; j = 0; a = 0; kind = 0; late = false; inHand = 255
    }
  od
}

/* The store of NATS is gone, and what waited in it. */
proctype Wipe() {
  byte m;
end:
  do
  :: atomic {
      faults > 0 && waiting > 0 -> faults--;
      do
      :: m < JOBS * ATTEMPTS * 3 -> stored[m] = 0; m++
      :: else -> break
      od;
      waiting = 0; m = 0
    }
  od
}

/* F4: when nobody can move any more */
proctype Quiet() {
  byte j, r, finishes;
end:
  timeout;
  d_step {
    j = 0;
    do
    :: j < JOBS ->
      assert(ended(j));
      assert(ends[j] == 1);
      j++
    :: else -> break
    od
  }
}

init {
  byte i;
  atomic {
    do
    :: i < JOBS -> state[i] = READY; queued[i] = true; i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < WORKERS -> answer[i] = 255; run Worker(i); i++
    :: else -> break
    od;
    run Broker();
    run SlowBroker();
    run Watch();
    run Transformer();
    run Wipe();
    run Quiet()
  }
}
