import { randomUUID } from 'node:crypto';
import { LeaseAnswer } from '#contracts';
import { LeaseDesk, readShares, ShareDesk, type GrantedJob, type LeaseStore } from '#engine';
import { jobId } from '#contracts';
import type { EngineRig } from '#test-kit';

export interface TrialBroker {
  desk: LeaseDesk;
  shares: ShareDesk;
}

/** A broker on the rig's database. Its clock runs only when it is told to, so that it reads shares when a test says so. */
export function newBroker(rig: EngineRig, clock: { nowMs: number }, store: LeaseStore = rig.leases): TrialBroker {
  const nowMs = (): number => clock.nowMs;
  const shares = new ShareDesk({
    store: rig.shares,
    nowMs,
    onFault: (fault) => {
      throw fault;
    },
  });
  return { shares, desk: new LeaseDesk({ store, shares, newToken: () => randomUUID().replaceAll('-', ''), nowMs }) };
}

/** One sweep and one round. @returns the jobs of each session. */
export async function askOnce(
  { desk }: TrialBroker,
  sessions: readonly string[],
  max: number,
): Promise<{ session: string; jobs: GrantedJob[] }[]> {
  const free = { cores: 8, memoryMib: 65_536, walltimeLeftSec: null };
  const asks = sessions.map((session) => ({ session, requestId: randomUUID(), again: false, free, max }));
  desk.wait('gateway', asks);
  await desk.sweep();
  const { answers } = await desk.serve();
  for (const ask of asks) desk.leave({ gateway: 'gateway', ...ask });
  return answers.map(({ session, body }) => ({ session, jobs: grantedIn(LeaseAnswer.parse(JSON.parse(body))) }));
}

function grantedIn({ lease, tasks, jobs }: LeaseAnswer): GrantedJob[] {
  return jobs.map(({ task, ordinal, attempt, name }) => {
    const workflowNo = tasks[task]?.workflowNo ?? '';
    const { id: leaseId = '', token = '' } = lease ?? {};
    return {
      worker: 0,
      leaseId,
      token,
      workflowNo,
      task,
      classId: 0,
      ordinal,
      attempt,
      name,
      spec: jobId(workflowNo, ordinal),
    };
  });
}

/** As if all leases had been granted so much earlier. */
export const ageLeases = (rig: EngineRig, sec: number): Promise<unknown> =>
  rig.query(`update lease set granted_at = granted_at - $1 * interval '1 second' where open > 0`, [sec]);

/** What each share used, in core seconds, by path; groups with all below them. In flight included. */
export async function useByPath(rig: EngineRig): Promise<Record<string, number>> {
  const { books, use } = await readShares(rig.shares, 'always');
  return Object.fromEntries([...books.values()].map(({ id, path }) => [path, use.get(id) ?? 0]));
}

export const setWeight = (rig: EngineRig, path: string, weight: number): Promise<unknown> =>
  rig.query('update share set weight = $2 where path = $1', [path, weight]);
