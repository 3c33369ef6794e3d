import type { SandboxRule, SiteState } from '#contracts';

/** What jobs of one class ask of a worker. */
export interface ClassNeeds {
  transform: string;
  cores: number;
  memoryMib: number;
  /** In the work folders of its attempts. */
  diskMib: number;
  gpus: number;
  /** Null: no limit is set, so any worker's time will do. */
  walltimeSec: number | null;
  /** Empty: any. */
  sites: string[];
  avoidSites: string[];
  /** Each must be the worker's; `!value` is one that it must not have. */
  tags: Record<string, string>;
  /** Each must be the worker's, such as `apptainer`. */
  features: string[];
  mode: string;
  /** False: not on a worker that may be taken away, which says so by tag `preemptible=true`. */
  preemptible: boolean;
}

/** What a worker has when it is empty. */
export interface WorkerOffer {
  site: string;
  siteState: SiteState;
  /** Its site's word on how programs are confined. */
  sandbox: SandboxRule;
  cores: number;
  memoryMib: number;
  gpus: number;
  /** Null: unknown, taken as enough. */
  diskMib: number | null;
  /** Its own before those of its site. */
  tags: Readonly<Record<string, string>>;
  features: readonly string[];
  /** What its site lets pull workers take, whatever they have; null: no ceiling. */
  pullCores: number | null;
  pullMemoryMib: number | null;
  /** `name@version` each. */
  transforms: string[];
  /** Seconds that its jobs have until it stops them, to be gone in time; null: no end. */
  walltimeLeftSec: number | null;
}

/** What keeps jobs of a class from a worker, in the order in which it is asked. */
export const obstacles = [
  'mode',
  'transform',
  'site',
  'avoided-site',
  'closed-site',
  'sandbox',
  'feature',
  'tag',
  'preemptible',
  'gpus',
  'cores',
  'memory',
  'disk',
  'walltime',
  'ceiling',
] as const;
export type Obstacle = (typeof obstacles)[number];

type Test = (needs: ClassNeeds, offer: WorkerOffer) => boolean;

/** Whether an obstacle is none: the one truth about who may run what. Who grants and who explains ask the same. */
export const passes: Readonly<Record<Obstacle, Test>> = {
  mode: ({ mode }) => mode !== 'push',
  transform: ({ transform }, offer) => offer.transforms.some((each) => offers(each, transform)),
  site: ({ sites }, { site }) => sites.length === 0 || sites.includes(site),
  'avoided-site': ({ avoidSites }, { site }) => !avoidSites.includes(site),
  'closed-site': (_, { siteState }) => siteState === 'open',
  // An image confines its program as a sandbox does.
  sandbox: ({ features: needed }, { sandbox, features }) =>
    sandbox !== 'required' || features.includes('bwrap') || needed.includes('apptainer'),
  feature: ({ features }, offer) => features.every((feature) => offer.features.includes(feature)),
  tag: ({ tags }, offer) => Object.entries(tags).every(([name, wanted]) => hasTag(offer.tags[name], wanted)),
  preemptible: ({ preemptible }, { tags }) => preemptible || tags['preemptible'] !== 'true',
  gpus: ({ gpus }, offer) => gpus <= offer.gpus,
  cores: ({ cores }, offer) => cores <= offer.cores,
  memory: ({ memoryMib }, offer) => memoryMib <= offer.memoryMib,
  disk: ({ diskMib }, offer) => offer.diskMib === null || diskMib <= offer.diskMib,
  walltime: ({ walltimeSec }, { walltimeLeftSec }) =>
    walltimeSec === null || walltimeLeftSec === null || walltimeSec <= walltimeLeftSec,
  ceiling: ({ cores, memoryMib }, { pullCores, pullMemoryMib }) =>
    cores <= (pullCores ?? Infinity) && memoryMib <= (pullMemoryMib ?? Infinity),
};

/** Whether a worker could run jobs of a class when it is empty. */
export const fits = (needs: ClassNeeds, offer: WorkerOffer): boolean =>
  obstacles.every((obstacle) => passes[obstacle](needs, offer));

/** `command@1` offers `command` and `command@1`. */
export const offers = (offer: string, wanted: string): boolean =>
  offer === wanted || (offer.startsWith(wanted) && offer.charAt(wanted.length) === '@');

const hasTag = (has: string | undefined, wanted: string): boolean =>
  wanted.startsWith('!') ? has !== wanted.slice(1) : has === wanted;
