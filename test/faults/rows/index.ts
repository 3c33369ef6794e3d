import type { FaultRow } from '../fault-row.js';
import { a1 } from './a1-gateway-dies-over-tasks.js';
import { a2 } from './a2-gateway-dies-before-commit.js';
import { a3 } from './a3-gateway-dies-before-answer.js';
import { a4 } from './a4-gateway-dies-in-a-chunk.js';
import { a5 } from './a5-gateway-dies-before-seal.js';
import { a6 } from './a6-transformer-dies-with-a-command.js';
import { a7 } from './a7-transformer-dies-in-a-release.js';
import { a8 } from './a8-transformer-dies-before-telling.js';
import { a9 } from './a9-broker-dies-before-answer.js';
import { a9b } from './a9b-worker-vanishes-before-answer.js';
import { a10 } from './a10-broker-dies-over-beats.js';
import { a11 } from './a11-relay-dies-after-select.js';
import { a12 } from './a12-relay-dies-mid-batch.js';
import { a13 } from './a13-relay-dies-after-publish.js';
import { a14 } from './a14-relay-dies-before-mark.js';
import { a15 } from './a15-applier-dies-mid-batch.js';
import { a16 } from './a16-applier-dies-before-commit.js';
import { a17 } from './a17-applier-dies-after-commit-before-ack.js';
import { a18 } from './a18-applier-dies-after-ack.js';
import { a19 } from './a19-reaper-dies-mid.js';
import { a20 } from './a20-reaper-dies-after-commit.js';
import { a23 } from './a23-worker-dies-with-a-lease.js';
import { a24 } from './a24-worker-dies-in-a-run.js';
import { a25 } from './a25-worker-dies-before-report.js';
import { a26 } from './a26-worker-dies-before-answer.js';
import { a27 } from './a27-anything-dies.js';
import { z1 } from './z1-worker-sleeps.js';
import { z2 } from './z2-transformer-stands-still.js';
import { z2b } from './z2b-broker-stands-still.js';
import { z2c } from './z2c-relay-stands-still.js';
import { z3 } from './z3-worker-is-cut-off.js';
import { z4 } from './z4-answers-come-late.js';
import { g3 } from './g3-fan-out-and-in.js';
import { g4 } from './g4-cancel-races-finish.js';
import { g5 } from './g5-reaper-races-heartbeat.js';
import { g6 } from './g6-replicas-of-everything.js';
import { g6b } from './g6b-replicas-of-everything.js';
import { g7 } from './g7-rolling-restart.js';
import { g8 } from './g8-caps-under-many-leases.js';
import { g9 } from './g9-one-among-many.js';
import { c1 } from './c1-nats-restarts.js';
import { c2 } from './c2-nats-killed.js';
import { c3 } from './c3-nats-loses-power.js';
import { c5 } from './c5-nats-wiped.js';
import { c6 } from './c6-streams-deleted.js';
import { c7 } from './c7-nats-parted.js';
import { c8 } from './c8-stream-full.js';
import { c9 } from './c9-appliers-stand-still.js';
import { c10 } from './c10-nats-unsuitable.js';
import { c11 } from './c11-false-duplicates.js';
import { d1 } from './d1-postgres-restarts.js';
import { d2 } from './d2-backends-killed.js';
import { d3 } from './d3-answers-of-postgres-lost.js';
import { d5 } from './d5-postgres-writes-slowly.js';
import { d6 } from './d6-postgres-cannot-write.js';
import { d7 } from './d7-data-disk-full.js';
import { d8 } from './d8-log-disk-full.js';
import { d9 } from './d9-no-connection-to-spare.js';
import { d11 } from './d11-locks-held.js';
import { e1 } from './e1-poor-line.js';
import { e2 } from './e2-half-open.js';
import { e3 } from './e3-answers-lost.js';
import { e4 } from './e4-clocks-differ.js';
import { e5 } from './e5-services-run-out-of-memory.js';
import { e6 } from './e6-event-loop-blocked.js';
import { e7 } from './e7-names-move.js';
import { f1 } from './f1-messages-doubled.js';
import { f2 } from './f2-messages-shuffled.js';
import { f3 } from './f3-messages-broken.js';
import { f4 } from './f4-much-to-say.js';
import { f5 } from './f5-strangers.js';
import { f6 } from './f6-one-end-always-throws.js';
import { f6b } from './f6b-one-end-always-kills.js';
import { f7 } from './f7-ends-contradict.js';
import { x1 } from './x1-nats-wiped-amid-a-restart.js';
import { x2 } from './x2-worker-sleeps-amid-a-failover.js';

/** Every row, in the order of RELIABILITY.md section 2. */
export const rows: readonly FaultRow[] = [
  a1,
  a2,
  a3,
  a4,
  a5,
  a6,
  a7,
  a8,
  a9,
  a9b,
  a10,
  a11,
  a12,
  a13,
  a14,
  a15,
  a16,
  a17,
  a18,
  a19,
  a20,
  a23,
  a24,
  a25,
  a26,
  a27,
  z1,
  z2,
  z2b,
  z2c,
  z3,
  z4,
  g3,
  g4,
  g5,
  g6,
  g6b,
  g7,
  g8,
  g9,
  c1,
  c2,
  c3,
  c5,
  c6,
  c7,
  c8,
  c9,
  c10,
  c11,
  d1,
  d2,
  d3,
  d5,
  d6,
  d7,
  d8,
  d9,
  d11,
  e1,
  e2,
  e3,
  e4,
  e5,
  e6,
  e7,
  f1,
  f2,
  f3,
  f4,
  f5,
  f6,
  f6b,
  f7,
  x1,
  x2,
];
