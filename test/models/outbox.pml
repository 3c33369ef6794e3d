/*
 * Outbox and wiped NATS: settles number their events, a relay carries them to stream EVENT and marks them, a subscriber
 * applies them. Relays die anywhere, two of them may work on one partition, the stream is wiped, its answers are lost.
 *
 * One partition. Each atomic step is one SQL statement (named beside it, of libs/adapter-postgres/sql/queries), one commit
 * or one message.
 *
 * O1  The stream holds nothing that was not committed.
 * O2  The subscriber applies each event once, though it is delivered again.
 * O3  When nothing can happen any more, every committed event is confirmed and applied: from the stream, or, where that was
 *     wiped or left a gap, from the log in PostgreSQL behind the subscriber's cursor.
 * O4  Behind a cursor nothing appears any more: events commit in the order of their numbers.
 *
 * Mutants: CONFIRM_FIRST (marked before it is published), NO_INBOX (the subscriber applies what comes),
 * NUMBER_WITHOUT_LOCK (numbers of a sequence: a later one may commit first), NO_SWEEP (only hints wake the relay).
 */
#ifndef EVENTS
#define EVENTS 3
#endif
#ifndef FAULTS /* a relay or a settle killed, an answer of the stream lost, a hint lost, a message delivered again, a wipe */
#define FAULTS 3
#endif
#define SETTLES 2
#define bit(seq) (1 << ((seq) - 1))
#define ALL ((1 << EVENTS) - 1)

byte faults = FAULTS;
/* outbox: sets of seqs */
byte numbered;             /* event_cursor.seq */
bool cursorLocked;         /* its row lock, to the commit */
byte committed, confirmed;
bool hinted;               /* the relay was told that there is something */
/* stream EVENT, and what it has delivered to the subscriber whose ack it still lacks */
byte stored;
/* the subscriber: its inbox in its own database, how far it has all, and whether it was cut off from a stream */
byte inbox, cursor;
bool mayMiss;

inline hint() {
  if
  :: hinted = true
  :: faults > 0 -> faults-- /* lost */
  fi
}

/* settle_record.sql: number and rows in one transaction, under the partition's lock */
proctype Settle() {
  byte seq;
end:
  do
  :: atomic { /* update event_cursor: its row stays locked */
      numbered < EVENTS && !cursorLocked ->
#ifndef NUMBER_WITHOUT_LOCK
      cursorLocked = true;
#endif
      numbered++; seq = numbered
    }
    if
    :: atomic { committed = committed | bit(seq); cursorLocked = false; seq = 0; hint() }
#ifndef NUMBER_WITHOUT_LOCK
    :: atomic { faults > 0 -> faults--; numbered--; cursorLocked = false; seq = 0 } /* killed: all of it is undone */
#endif
    fi
  od
}

#define unconfirmed (committed & ~confirmed)

inline publish() {
  if
  :: atomic { stored = stored | rows; assert((stored & ~committed) == 0) } /* O1; its answer has come: PubAck */
  :: atomic { faults > 0 -> faults--; stored = stored | rows; rows = 0 } /* stored, but the answer was lost */
  :: atomic { faults > 0 -> faults--; rows = 0 } /* never stored */
  fi
}

/* outbox_confirm.sql */
inline confirm() {
  atomic { confirmed = confirmed | rows }
}

/* relayEvents() of relay-events.ts. The sweep wakes it when a hint was lost; one that was replaced may not know it yet. */
proctype Relay() {
  byte rows;
end:
  do
  :: atomic { /* outbox_read.sql */
#ifdef NO_SWEEP
      hinted && unconfirmed != 0 -> hinted = false;
#else
      unconfirmed != 0 -> hinted = false;
#endif
      rows = unconfirmed
    }
#ifdef CONFIRM_FIRST
    confirm();
    if
    :: publish()
    :: atomic { faults > 0 -> faults-- } /* kill -9 */
    fi;
#else
    publish();
    if
    :: confirm()
    :: atomic { faults > 0 -> faults-- } /* kill -9 */
    fi;
#endif
    rows = 0
  od
}

inline apply(seq) {
  if
#ifndef NO_INBOX
  :: (inbox & bit(seq)) != 0 /* a duplicate: acknowledged, no effect */
#endif
  :: else ->
    assert((inbox & bit(seq)) == 0); /* O2 */
    inbox = inbox | bit(seq)
  fi
}

/* One that wants every event: docs/api. It looks into the log behind its cursor where the stream may have left it short. */
proctype Subscriber() {
  byte seq, given;
end:
  do
  :: atomic { /* a message, any; the stream forgets it with the ack, or delivers it again */
      stored != 0 ->
      seq = 1;
      given = stored;
      do
      :: (given & bit(seq)) != 0 -> break
      :: (given & ~bit(seq)) != 0 -> given = given & ~bit(seq); seq++
      od;
      if
      :: stored = stored & ~bit(seq)
      :: faults > 0 -> faults--
      fi;
      apply(seq);
      do
      :: cursor < EVENTS && (inbox & bit(cursor + 1)) != 0 -> cursor++
      :: else -> break
      od;
      if
      :: cursor < seq -> mayMiss = true /* a gap */
      :: else
      fi;
      seq = 0; given = 0
    }
  :: atomic { /* events_since.sql, events_read.sql: GET /api/v1/events?from=cursor */
      mayMiss && (committed >> cursor) != 0 ->
      seq = cursor + 1;
      do
      :: seq <= EVENTS ->
        if
        :: (committed & bit(seq)) != 0 && (inbox & bit(seq)) == 0 -> apply(seq); cursor = seq
        :: (committed & bit(seq)) != 0 && (inbox & bit(seq)) != 0 -> cursor = seq
        :: else
        fi;
        seq++
      :: else -> break
      od;
      seq = 0
    }
  od
}

/* The store is gone, and with it what nobody has seen. Its subscribers notice: their consumer is not there any more. */
proctype Wipe() {
end:
  do
  :: atomic { faults > 0 && stored != 0 -> faults--; stored = 0; mayMiss = true }
  od
}

/* O3, O4: when nobody can move any more */
proctype Quiet() {
end:
  timeout;
  assert(committed == ALL);
  assert(confirmed == ALL);
  assert(inbox == ALL)
}

init {
  atomic {
    run Settle();
    run Settle();
    run Relay();
    run Relay();
    run Subscriber();
    run Wipe();
    run Quiet()
  }
}
