import type { ArchiveAnswer, ArchiveView } from '#contracts';
import { counted, grouped } from './numbers.js';
import { table } from './table.js';
import { archivedText } from './workflow-text.js';

const width = 80;

/** A line a workflow: how it ended and when, and what becomes or became of its jobs. */
export const archiveTable = (workflows: readonly ArchiveView[]): string[] =>
  table(
    [
      { title: 'id', align: 'left' },
      { title: 'name', align: 'left', widthMax: 16 },
      { title: 'state', align: 'left' },
      { title: 'jobs', align: 'right' },
      { title: 'ended UTC', align: 'left' },
      { title: 'archived', align: 'left' },
    ],
    workflows.map((workflow) => [
      ...[workflow.id, workflow.name, workflow.state, grouped(workflow.jobs)],
      ...[workflow.endedAt.slice(0, 16).replace('T', ' '), standingOf(workflow)],
    ]),
    width,
  );

function standingOf({ orderedAt, archivedAt, place }: ArchiveView): string {
  if (archivedAt === null) return orderedAt === null ? 'no' : 'ordered';
  return `${archivedAt.slice(0, 10)}${place === null ? ', no files' : ''}`;
}

/** What an order to archive did, or would do. */
export function archiveOrderLines({ workflow, jobs, dryRun, archived }: ArchiveAnswer): string[] {
  if (archived !== null) return [`${workflow} ${archivedText(archived)}`];
  if (!dryRun) return [`${workflow} is to be archived`];
  return [
    `would archive ${workflow}: ${counted(jobs, 'job')}`,
    'Its jobs go into files of the servers; it can never run again.',
  ];
}
