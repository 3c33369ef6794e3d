import type { Template } from '#contracts';
import type { Stack } from './stack.js';

/** Sites of the benchmark's workers: of the app's own default, and of the simulated ones. */
const sites = ['local', 'bench'];
const tags = { arch: 'x86_64' };
const licence = 'licence';
/** Caps are kept and never reached: what they cost is measured, not how long jobs wait. */
const capJobs = 1_000_000;

/** Users whose workflows run side by side, with their weights. */
export const users: readonly (readonly [name: string, weight: number])[] = [
  ['ada', 1],
  ['grace', 1],
  ['mary', 2],
  ['annie', 4],
];

/** What a template says so that sites, tags and a limit of its own name are asked for each of its jobs. */
export const askingTemplate: Partial<Template> = {
  limits: [licence],
  placement: { sites: ['local', 'bench'], avoidSites: [], tags, mode: 'auto', preemptible: true },
};

/** Sites with tags and ceilings, a cap of each kind that there is, and a tree of shares with weights. */
export async function setBrokering({ client }: Stack): Promise<void> {
  const ceilings = { pullCores: capJobs, pullMemoryMib: capJobs };
  await client.sites.apply({ sites: sites.map((name) => ({ name, tags, ...ceilings })) });
  const caps = [
    { kind: 'named', name: licence } as const,
    { kind: 'space', name: 'default' } as const,
    ...sites.map((name) => ({ kind: 'site', name }) as const),
    ...users.map(([name]) => ({ kind: 'user', name }) as const),
  ];
  for (const limit of caps) await client.limits.set(limit, { capJobs, capCores: capJobs });
  const shares = users.map(([name, weight]) => ({ path: `default/${name}`, weight }));
  await client.applyShares({ shares: [{ path: 'default', weight: 1 }, { path: 'others', weight: 1 }, ...shares] });
}
