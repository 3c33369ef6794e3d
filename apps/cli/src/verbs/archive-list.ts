import type { SluiceClient } from '#client';
import type { ArchivePage, ArchiveView } from '#contracts';
import { connectToRead } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printList } from '../print-list.js';
import { archiveTable } from '../render/archive-text.js';
import type { Cell } from '../render/csv.js';

export interface ArchiveListOptions {
  /** Those that are archived, in place of those that are not. */
  archived: boolean;
  limit?: number;
}

const tableRowsMax = 20;
const pageRows = 500;

const head = ['id', 'name', 'state', 'runNo', 'jobs', 'endedAt', 'orderedAt', 'archivedAt', 'place'] as const;
const shape = {
  head,
  idOf: ({ id }: ArchiveView) => id,
  cellsOf: (workflow: ArchiveView) => head.map((column): Cell => workflow[column]),
};

/** Lists ended workflows, oldest first. */
export async function archiveList(call: Call, { archived, limit }: ArchiveListOptions): Promise<ExitCode> {
  const connection = await connectToRead(call);
  try {
    const format = call.globals.output;
    if (format === 'table') await printTable(call, connection.client, { archived, max: limit ?? tableRowsMax });
    else await printList(call, { format, ...shape }, everyOne(connection.client, archived), limit ?? Infinity);
  } finally {
    await call.terminal.out.flush();
    await connection.release();
  }
  return exitCodes.ok;
}

async function printTable(
  { terminal: { out, note } }: Call,
  client: SluiceClient,
  { archived, max }: { archived: boolean; max: number },
): Promise<void> {
  const rows: ArchiveView[] = [];
  for await (const workflow of everyOne(client, archived)) {
    if (rows.push(workflow) > max) break;
  }
  if (rows.length === 0) return note(archived ? 'no workflow is archived' : 'no workflow has ended that is still here');
  await out.lines(archiveTable(rows.slice(0, max)));
  if (rows.length > max) note('... and more: --limit N, or -o ndjson for all');
}

async function* everyOne(client: SluiceClient, archived: boolean): AsyncGenerator<ArchiveView> {
  let cursor: string | undefined;
  do {
    const page: ArchivePage = await client.archivePage({ archived, limit: pageRows, cursor });
    yield* page.workflows;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}
