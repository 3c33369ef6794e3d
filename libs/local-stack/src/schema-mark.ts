import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readFileOrNull, writePrivateFile } from './private-file.js';
import { buildRecord } from './programs.js';
import type { StackServer } from './stack-contract.js';

/**
 * Remembers beside the database which build migrated it last. It goes with the database, and counts only while the
 * streams are there too.
 */
export class SchemaMark {
  private readonly file: string | null;
  private readonly build: string | null;

  constructor(private readonly servers: { postgres: StackServer; nats: StackServer }) {
    const data = servers.postgres.place;
    const text = readFileOrNull(buildRecord);
    this.file = data === null ? null : join(dirname(data), 'migrated');
    this.build = text === null ? null : createHash('sha256').update(text).digest('hex');
  }

  isSet(): boolean {
    const streams = this.servers.nats.place;
    if (this.file === null || this.build === null || streams === null) return false;
    return readFileOrNull(this.file) === this.build && existsSync(join(streams, 'jetstream'));
  }

  set(): void {
    if (this.file !== null && this.build !== null && !this.isSet()) writePrivateFile(this.file, this.build);
  }
}
