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
];
