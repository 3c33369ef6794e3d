import type { QueuedOver } from '#engine';
import { Refusal } from '../http/refusal.js';

/** @param then what was left undone, and what to do when there is room: `nothing of it runs: submit it again` */
export const noRoom = ({ quota, cap, queued, jobs }: QueuedOver, then: string): Refusal =>
  new Refusal({
    status: 403,
    code: 'quota/queued-jobs',
    title: 'No room in the quota',
    detail: `the ${quota} may have ${cap} open jobs and has ${queued}: there is no room for ${jobs} more`,
    remedy: `${then} when jobs have ended, or ask for a larger quota`,
  });
