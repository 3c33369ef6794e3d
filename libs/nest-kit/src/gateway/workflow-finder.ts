import { Inject, Injectable } from '@nestjs/common';
import { readingAbout } from '#adapter-postgres';
import { type ArchivedWorkflow, type KeepStore, type ReadStore, selectWorkflow, type WorkflowRef } from '#engine';
import type { Access } from '../http/access.js';
import { Refusal, refusals } from '../http/refusal.js';
import { KEEP_STORE, READ_STORE } from './stores.js';

/** The workflow that a selector in an address means. */
@Injectable()
export class WorkflowFinder {
  constructor(
    @Inject(READ_STORE) private readonly store: ReadStore,
    @Inject(KEEP_STORE) private readonly keeps: Pick<KeepStore, 'archived'>,
  ) {}

  /**
   * Of those that the asker sees; what its route asks for is judged.
   * @throws Refusal 404 for none, 403 for one that it sees and may not touch, 409 for a prefix of several ids or a glob of
   *   several names
   */
  async find(selector: string, asker: Access): Promise<WorkflowRef> {
    const selected = await selectWorkflow(this.store, selector, asker.visible);
    if (selected.kind === 'one') {
      asker.judgeOwned(selected.workflow, () => noWorkflow(selector));
      readingAbout(selected.workflow.id);
      return selected.workflow;
    }
    if (selected.kind === 'none') throw noWorkflow(selector);
    if (selected.kind === 'several-ids') {
      const ids = [...selected.ids, ...(selected.more ? ['...'] : [])].join(', ');
      throw refusals.conflict('selector/ambiguous', `"${selector}" begins several ids: ${ids}`, 'give more of the id');
    }
    const names = selected.found.map(({ name, id }) => `${name.slice(0, 100)} (${id})`).join(', ');
    throw refusals.conflict(
      'selector/ambiguous',
      `several names are like "${selector}": ${names}${selected.more ? ', ...' : ''}`,
      'give more of the name, or an id',
    );
  }

  /**
   * One whose jobs are still there.
   * @throws Refusal as find(); 410 for an archived one, which says where its jobs are
   */
  async findKept(selector: string, asker: Access): Promise<WorkflowRef> {
    const workflow = await this.find(selector, asker);
    const archived = await this.keeps.archived(workflow.workflowNo);
    if (archived) throw isArchived(workflow, archived);
    return workflow;
  }

  /** What is kept of an archived one; null: it is not archived. */
  archived(workflow: WorkflowRef): Promise<ArchivedWorkflow | null> {
    return this.keeps.archived(workflow.workflowNo);
  }
}

/** What only jobs could answer is asked of an archived workflow. */
export function isArchived({ id }: WorkflowRef, { archivedAt, place }: ArchivedWorkflow): Refusal {
  const files = place === null ? 'no files of it were kept' : `its document and attempts are files in ${place}`;
  return new Refusal({
    status: 410,
    code: 'workflow/archived',
    title: 'Archived',
    detail: `${id} was archived on ${archivedAt.slice(0, 10)}: its jobs are gone, ${files}`,
    remedy:
      place === null
        ? `counts and errors are still there: \`sluice report ${id}\``
        : `counts and errors are still there (\`sluice report ${id}\`); to run it anew, submit its document`,
  });
}

export const noWorkflow = (selector: string): Error =>
  refusals.notFound(`no workflow "${selector.slice(0, 200)}"`, 'list them with `sluice ls`');
