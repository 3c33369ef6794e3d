import { Inject, Injectable } from '@nestjs/common';
import { type NeededFiles, refusalOf } from '#documents';
import type { FilePorts } from '#engine';
import { documentRefusal } from './document-refusal.js';
import { FILE_PORTS } from './stores.js';

/** Sees to it that a document names only files that its space has, so that a job does not find that out days later. */
@Injectable()
export class NeededFileCheck {
  constructor(@Inject(FILE_PORTS) private readonly ports: FilePorts | null) {}

  /** One statement for all of a request; none where nothing is needed. @throws Refusal 422 */
  async check(space: string, needed: NeededFiles): Promise<void> {
    if (needed.size === 0) return;
    const checksums = [...needed.keys()];
    const missing = this.ports === null ? checksums : await this.ports.ledger.missing(space, checksums);
    const errors = missing.flatMap((sha256) => needed.get(sha256) ?? []);
    if (errors.length > 0) throw documentRefusal(refusalOf(...errors));
  }
}
