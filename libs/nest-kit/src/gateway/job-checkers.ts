import { Inject, Injectable } from '@nestjs/common';
import type { DocumentRefusal } from '#contracts';
import { type CheckedHeader, checkHeader, finalRefusal, JobChecker } from '#documents';
import type { ReadStore, SpaceStore } from '#engine';
import { CONFIGURATION } from '../config/config.module.js';
import type { Configuration } from '../config/configuration.js';
import { READ_STORE, SPACE_STORE } from './stores.js';

/** Uploads whose checkers are kept; a header may hold megabytes. */
const keptMax = 16;

/**
 * What the jobs of an upload are checked against: its stored header, which never changes, and the output prefix of its space
 * as it was when the upload was met.
 */
@Injectable()
export class JobCheckers {
  private readonly kept = new Map<string, JobChecker>();

  constructor(
    @Inject(READ_STORE) private readonly store: ReadStore,
    @Inject(SPACE_STORE) private readonly spaces: SpaceStore,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /** @returns null for an unknown upload */
  async checkerOf(id: string): Promise<JobChecker | null> {
    const known = this.kept.get(id);
    if (known) return known;
    const stored = await this.store.uploadHeader(id);
    if (!stored) return null;
    const { name, tags, files, templates } = stored.header;
    const checked = checkHeader({ apiVersion: 'sluice/v1', name, tags, files, templates }, this.configuration.limits);
    if ('refusal' in checked)
      throw new Error(`the stored header of ${id} is refused: ${JSON.stringify(checked.refusal)}`);
    return this.keep(id, new JobChecker({ ...checked.header, outputPrefix: stored.outputPrefix }));
  }

  /** For a document that is not stored yet, with the output prefix that its space has now. */
  async checkerFor(header: CheckedHeader, space: string): Promise<JobChecker> {
    return new JobChecker({ ...header, outputPrefix: (await this.spaces.read(space))?.outputPrefix ?? null });
  }

  /** What a space has against a header that is good by itself; null: nothing. */
  async refusalOf(header: CheckedHeader, space: string): Promise<DocumentRefusal | null> {
    return header.final && finalRefusal(header, (await this.spaces.read(space))?.outputPrefix ?? null);
  }

  private keep(id: string, checker: JobChecker): JobChecker {
    for (const oldest of this.kept.keys()) {
      if (this.kept.size < keptMax) break;
      this.kept.delete(oldest);
    }
    this.kept.set(id, checker);
    return checker;
  }
}
