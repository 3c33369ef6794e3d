import type { WorkflowState, WorkflowSummary } from '#contracts';
import { checkWorkflowQuery } from '../check-query.js';
import { connectToRead } from '../connect.js';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printList } from '../print-list.js';
import { workflowTable } from '../render/workflow-table.js';

export interface LsOptions {
  /** In the query language, beside the others. */
  query?: string | undefined;
  name?: string;
  state?: WorkflowState;
  /** Submitted then or later; milliseconds since 1970 UTC. */
  since?: number;
  limit?: number;
}

const tableRowsMax = 20;

/** Lists workflows, newest first. */
export async function ls(call: Call, options: LsOptions): Promise<ExitCode> {
  checkWorkflowQuery(options.query);
  const connection = await connectToRead(call).catch((fault: unknown) => {
    if (!(fault instanceof CliFault) || fault.exitCode !== exitCodes.notFound) throw fault;
    for (const line of fault.lines) call.terminal.note(line);
    return null;
  });
  try {
    const { name, state, query } = options;
    const all = connection === null ? none() : connection.client.workflows({ name, state, query });
    const found = options.since === undefined ? all : submittedSince(all, options.since);
    const max = options.limit ?? (call.globals.output === 'table' ? tableRowsMax : Infinity);
    if (call.globals.output === 'table')
      await printTable(call, found, { max, isFiltered: (name ?? state ?? query ?? options.since) !== undefined });
    else await printList(call, { format: call.globals.output, ...shape }, found, max);
    await call.terminal.out.flush();
  } finally {
    await connection?.release();
  }
  return exitCodes.ok;
}

const columns = [
  'id',
  'name',
  'state',
  'total',
  'waiting',
  'ready',
  'leased',
  'finished',
  'failed',
  'submittedAt',
  'endedAt',
];

const shape = {
  head: columns,
  idOf: (workflow: WorkflowSummary) => workflow.id,
  cellsOf: ({ id, name, state, counts: c, submittedAt, endedAt }: WorkflowSummary) => [
    ...[id, name, state],
    ...[c.total, c.waiting, c.ready, c.leased, c.finished, c.failed],
    ...[submittedAt, endedAt],
  ],
};

async function printTable(
  { terminal }: Call,
  found: AsyncIterable<WorkflowSummary>,
  { max, isFiltered }: { max: number; isFiltered: boolean },
): Promise<void> {
  const rows: WorkflowSummary[] = [];
  let more = false;
  for await (const workflow of found) {
    more = rows.length >= max;
    if (more) break;
    rows.push(workflow);
  }
  if (rows.length === 0)
    return terminal.note(isFiltered ? 'no workflow is like that' : 'no workflow yet: sluice run examples/hello.yaml');
  await terminal.out.lines(workflowTable(rows, Date.now()));
  if (more) terminal.note('... and more: --limit N, or -o ndjson for all');
}

/** They come newest first: the first that is older ends it. */
async function* submittedSince(all: AsyncIterable<WorkflowSummary>, sinceMs: number): AsyncGenerator<WorkflowSummary> {
  for await (const workflow of all) {
    if (Date.parse(workflow.submittedAt ?? '') < sinceMs) return;
    yield workflow;
  }
}

async function* none(): AsyncGenerator<WorkflowSummary> {}
