import { createHash } from 'node:crypto';
import type { DeadLetterView } from '#contracts';
import type { DeadLetter, DeadLetterStore, RequeuedLetter } from '#engine';
import type { Database } from './database.js';
import * as queries from './generated/queries.js';

/** Dead letters in PostgreSQL: the statements of sql/queries/dead_letter. */
export class PostgresDeadLetterStore implements DeadLetterStore {
  constructor(private readonly database: Database) {}

  async add({ stream, partition, body, reason, about }: DeadLetter): Promise<void> {
    const bytes = Buffer.from(body);
    const text = storable(bytes.toString('utf8'));
    await this.database.run(queries.deadLetterAdd, [
      ...[stream, partition, text, bytes.equals(Buffer.from(text)) ? null : bytes, digestOf(bytes), storable(reason)],
      ...[about.batchId, about.session, about.workflowNos, about.jobs],
    ]);
  }

  async handled(ids: readonly string[]): Promise<void> {
    await this.database.run(queries.deadLetterHandled, [ids]);
  }

  async count(): Promise<{ total: number; oldestAt: string | null }> {
    const [row] = await this.database.run<[number, Date | null]>(queries.deadLetterCount);
    return { total: row?.[0] ?? 0, oldestAt: row?.[1]?.toISOString() ?? null };
  }

  async page({ after, rows }: { after: string; rows: number }): Promise<DeadLetterView[]> {
    return (await this.database.run<LetterRow>(queries.deadLetterPage, [after, rows])).map(viewOf);
  }

  async read(id: string): Promise<{ view: DeadLetterView; body: Uint8Array } | null> {
    const [row] = await this.database.run<[...LetterRow, ...BodyColumns]>(queries.deadLetterRead, [id]);
    if (!row) return null;
    const [body, bytes] = row.slice(-2) as BodyColumns;
    return { view: viewOf(row.slice(0, -2) as LetterRow), body: bytes ?? Buffer.from(body) };
  }

  async known(ids: readonly string[]): Promise<string[]> {
    return (await this.database.run<[string]>(queries.deadLetterKnown, [ids])).map(([id]) => id);
  }

  async requeue(id: string): Promise<RequeuedLetter | null> {
    const [row] = await this.database.run<[string, number, ...BodyColumns]>(queries.deadLetterRequeue, [id]);
    if (!row) return null;
    const [stream, partition, body, bytes] = row;
    return { id, stream, partition, body: bytes ?? Buffer.from(body) };
  }

  async notSent(id: string): Promise<void> {
    await this.database.run(queries.deadLetterNotSent, [id]);
  }

  async drop(ids: readonly string[]): Promise<string[]> {
    return (await this.database.run<[string]>(queries.deadLetterDrop, [ids])).map(([id]) => id);
  }
}

/** NUL can't be stored in text; it is shown as the symbol for it. */
const storable = (text: string): string => text.replaceAll('\0', '\u2400');

const digestOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

type BodyColumns = [body: string, bytes: Buffer | null];
type LetterRow = [
  ...[id: string, at: Date, firstAt: Date, times: number, requeuedAt: Date | null, stream: string, partition: number],
  ...[reason: string, bytes: number, batchId: string | null, session: string | null],
  ...[worker: string | null, site: string | null, workflows: string[], jobs: number],
];

function viewOf(row: LetterRow): DeadLetterView {
  const [id, at, firstAt, times, requeuedAt, stream, partition, reason, bytes, batchId, session, ...about] = row;
  const [worker, site, workflows, jobs] = about;
  return {
    ...{ id, at: at.toISOString(), firstAt: firstAt.toISOString(), times },
    ...{ requeuedAt: requeuedAt?.toISOString() ?? null, stream, partition, reason, bytes },
    ...{ batchId, session, worker, site, workflows, jobs },
  };
}
