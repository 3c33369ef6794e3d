import { Inject, Injectable } from '@nestjs/common';
import { type Caller, type Grant, localIssuer, type Rights, rightsOf } from '#core';
import type { SpaceStore } from '#engine';
import { SPACE_STORE } from '../gateway/stores.js';

/** What was granted or revoked elsewhere counts here after so long at the latest. */
export const grantTermMs = 10_000;
/** A space that this gateway does not know is asked for anew, and no more often. */
const unknownTermMs = 1_000;

interface Edition {
  readAtMs: number;
  /** By issuer, kind of holder and name. */
  grants: ReadonlyMap<string, readonly Grant[]>;
  spaces: ReadonlySet<string>;
}

const keyOf = (issuer: string, holder: Grant['holder'], name: string): string => JSON.stringify([issuer, holder, name]);

/** Grants and spaces as a gateway remembers them: a request looks them up in memory, PostgreSQL is asked once a term. */
@Injectable()
export class GrantBook {
  private edition: Edition | null = null;
  private reading: Promise<Edition> | null = null;
  private changes = 0;

  constructor(@Inject(SPACE_STORE) private readonly store: Pick<SpaceStore, 'book'>) {}

  async rightsOf(caller: Caller): Promise<Rights> {
    if (caller.issuer === localIssuer) return rightsOf(caller, []);
    const { grants } = await this.editionWithin(grantTermMs);
    const { issuer, subject, groups } = caller;
    const keys = [keyOf(issuer, 'subject', subject), ...groups.map((group) => keyOf(issuer, 'group', group))];
    return rightsOf(
      caller,
      keys.flatMap((key) => grants.get(key) ?? []),
    );
  }

  /** Whether a space was made. */
  async knows(space: string): Promise<boolean> {
    if ((await this.editionWithin(grantTermMs)).spaces.has(space)) return true;
    return (await this.editionWithin(unknownTermMs)).spaces.has(space);
  }

  /** After a change through this gateway: the next request reads anew. */
  forget(): void {
    this.changes += 1;
    this.edition = null;
    this.reading = null;
  }

  private editionWithin(termMs: number): Promise<Edition> | Edition {
    const { edition } = this;
    if (edition && performance.now() - edition.readAtMs < termMs) return edition;
    if (this.reading) return this.reading;
    const reading = this.read().finally(() => {
      if (this.reading === reading) this.reading = null;
    });
    this.reading = reading;
    return reading;
  }

  /** What was read before a change is not kept. */
  private async read(): Promise<Edition> {
    const { changes } = this;
    const readAtMs = performance.now();
    const { grants, spaces } = await this.store.book();
    const edition = { readAtMs, grants: byHolder(grants), spaces: new Set(spaces) };
    if (changes === this.changes) this.edition = edition;
    return edition;
  }
}

function byHolder(grants: readonly Grant[]): Map<string, Grant[]> {
  const held = new Map<string, Grant[]>();
  for (const grant of grants) {
    const key = keyOf(grant.issuer, grant.holder, grant.name);
    const others = held.get(key);
    if (others) others.push(grant);
    else held.set(key, [grant]);
  }
  return held;
}
