import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { readFileOrNull, writePrivateFile } from './private-file.js';
import { buildRecord } from './programs.js';
import type { StackServer } from './stack-contract.js';

/**
 * Remembers which build migrated the database and made the streams: what this very build left needs no look, which
 * would take longer than all else in a start. One mark lies beside the database and one in the streams' store, so that
 * each goes with what it tells of. Servers that are not ours are never marked.
 */
export class SchemaMark {
  private readonly files: string[];
  private readonly build: string | null;

  constructor({ postgres, nats }: { postgres: StackServer; nats: StackServer }) {
    const places = [postgres.place && dirname(postgres.place), nats.place && join(nats.place, 'jetstream')];
    const ours = places.filter((place) => place !== null);
    this.files = ours.length === places.length ? ours.map((place) => join(place, 'migrated')) : [];
    const text = readFileOrNull(buildRecord);
    this.build = text === null ? null : createHash('sha256').update(text).digest('hex');
  }

  isSet(): boolean {
    return (
      this.build !== null && this.files.length > 0 && this.files.every((file) => readFileOrNull(file) === this.build)
    );
  }

  set(): void {
    if (this.build === null) return;
    for (const file of this.files) writePrivateFile(file, this.build);
  }
}
