// Goal: what comes while a round looks for work is not lost: nobody waits for the sweep.
import { expect, test } from '@jest/globals';
import { Template } from '#contracts';
import type { LeaseStore, PeekedRow, ReadyClass, SessionOffer } from '../ports/lease-store.js';
import type { LeaseAsk } from './lease-answer.js';
import { LeaseDesk } from './lease-desk.js';

const readyClass: ReadyClass = {
  ...{
    id: 7,
    transform: 'noop',
    mode: 'auto',
    memoryMib: 1,
    gpus: 0,
    diskMib: 0,
    walltimeSec: null,
    shareId: null,
    workflow: '',
  },
  ...{ sites: [], avoidSites: [], features: [], tags: {}, preemptible: true, limits: [], owner: 'ada' },
  ...{ cores: 2, space: 'survey' },
};

const row: PeekedRow = { id: 'r1', classId: 7, jobs: 1, priority: 0, workflowNo: '1', task: 0 };

const session = (id: string): SessionOffer => ({
  ...{ id, state: 'live', ordered: null },
  offer: {
    ...{ site: 'S', siteState: 'open', sandbox: 'auto', cores: 2, memoryMib: 100, gpus: 0, diskMib: null },
    ...{ tags: {}, features: [], transforms: ['noop@1'], walltimeLeftSec: null, pullCores: null, pullMemoryMib: null },
  },
});

const askOf = (worker: string, requestId: string, cores: number): LeaseAsk => ({
  ...{ session: worker, requestId, again: false, max: 5 },
  free: { cores, memoryMib: 100, walltimeLeftSec: null },
});

/**
 * A desk over one ready row.
 * @param meanwhile happens once, while the first look is under way
 * @param looks gets the classes that are looked at
 */
function deskWith(meanwhile: (desk: LeaseDesk) => void, looks: number[] = []): LeaseDesk {
  let ready = [row];
  const store: Partial<LeaseStore> = {
    sessions: (ids) => Promise.resolve(ids.map(session)),
    limits: () => Promise.resolve({ change: '1', limits: [] }),
    classesAfter: () => Promise.resolve([readyClass]),
    peek: (classes) => {
      looks.push(...classes);
      if (looks.length === 1) meanwhile(desk);
      return Promise.resolve(ready);
    },
    grant: ({ slices }) => {
      ready = [];
      const job = { leaseId: '1', token: 't', workflowNo: '1', task: 0, ordinal: 0, attempt: 1, name: 'a' };
      return Promise.resolve(slices.map(({ worker }) => ({ ...job, worker, spec: null, classId: 7 })));
    },
    tasks: () => {
      const template = JSON.stringify(Template.parse({ transform: 'noop@1', params: {} }));
      const spec = { workflowNo: '1', task: 0, workflow: 'w-1', workflowName: 'w', partition: 0, label: 'l' };
      return Promise.resolve([{ ...spec, template, usualMs: null, space: 'default', outputPrefix: null }]);
    },
  };
  const desk = new LeaseDesk({ store: store as LeaseStore, newToken: () => 't', nowMs: () => 0 });
  return desk;
}

/** Sessions that were answered. */
const served = async (desk: LeaseDesk): Promise<string[]> =>
  (await desk.serve()).answers.map((answer) => answer.session);

const changes: Record<string, (desk: LeaseDesk) => void> = {
  'another worker asks': (desk) => desk.wait('g', [askOf('idle', 'b', 2)]),
  'the same worker asks with more free': (desk) => desk.wait('g', [askOf('full', 'b', 2)]),
};

test.each(Object.keys(changes))(
  'work that nobody could take is handed out in the next round when meanwhile %s',
  async (what) => {
    const desk = deskWith(changes[what] as (desk: LeaseDesk) => void);
    desk.noteReady([7]);
    desk.wait('g', [askOf('full', 'a', 0)]);
    expect(await served(desk)).toEqual([]);
    expect(await served(desk)).toEqual([what === 'another worker asks' ? 'idle' : 'full']);
  },
);

test('work that nobody could take is not looked at again while nothing has changed', async () => {
  const desk = deskWith(() => undefined);
  desk.noteReady([7]);
  desk.wait('g', [askOf('full', 'a', 0)]);
  expect([await served(desk), await served(desk)]).toEqual([[], []]);
  desk.wait('g', [askOf('full', 'a', 0)]); // its gateway repeats it
  expect(await served(desk)).toEqual([]);
  desk.wait('g', [askOf('full', 'b', 2)]);
  expect(await served(desk)).toEqual(['full']);
});

test('a class that nobody could take is looked at again when a row of it becomes ready', async () => {
  const looks: number[] = [];
  const desk = deskWith(() => undefined, looks);
  desk.noteReady([7]);
  desk.wait('g', [askOf('full', 'a', 0)]);
  await served(desk);
  await served(desk);
  expect(looks).toHaveLength(1);
  desk.noteRows([{ ...row, id: 'r2' }]);
  await served(desk);
  expect(looks).toHaveLength(2);
});
