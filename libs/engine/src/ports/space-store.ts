import type { GrantView, SpaceQuotas, SpaceRequest, SpaceView } from '#contracts';
import type { Grant, Role, VisibleSpaces } from '#core';

/** A space, whoever looks at it. */
export type StoredSpace = Omit<SpaceView, 'role'>;

/** Whom a role is given to or taken from. */
export type GrantHolder = Omit<Grant, 'role'>;

/** What is given of a space; null takes a bound away. Its running cores are a limit. */
export type GivenSpace = Pick<SpaceRequest, 'outputPrefix'> & Partial<Omit<SpaceQuotas, 'runningCores'>>;

/** Spaces and grants. */
export interface SpaceStore {
  /** Everything that decides who may do what. */
  book(): Promise<{ spaces: string[]; grants: Grant[] }>;
  /** By name. */
  list(page: { visible: VisibleSpaces; after: string | null; rows: number }): Promise<StoredSpace[]>;
  read(name: string): Promise<StoredSpace | null>;
  /** Of all spaces that have one. */
  outputPrefixes(): Promise<{ space: string; prefix: string }[]>;
  /** Makes it, or changes what is given. @returns it as it is then, or with `dryRun` would be */
  write(
    name: string,
    given: GivenSpace,
    options: { dryRun: boolean },
  ): Promise<{ created: boolean; space: StoredSpace }>;
  /** By issuer, holder and name. @param page `after` null: from the first */
  grantsOf(
    space: string,
    page: { after: Pick<Grant, 'issuer' | 'holder' | 'name'> | null; rows: number },
  ): Promise<GrantView[]>;
  /** In place of the role that the holder had there. @returns that one; undefined: there is no such space */
  grant(grant: Grant, by: string, options: { dryRun: boolean }): Promise<Role | null | undefined>;
  /** @returns the role that was taken away; null: there was none */
  revoke(holder: GrantHolder, options: { dryRun: boolean }): Promise<Role | null>;
  /** Makes grants that are not there, and their spaces. @returns those that are new */
  seed(grants: readonly Grant[], by: string): Promise<Grant[]>;
}
