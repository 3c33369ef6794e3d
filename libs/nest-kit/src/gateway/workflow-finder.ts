import { Inject, Injectable } from '@nestjs/common';
import { type ReadStore, selectWorkflow, type WorkflowRef } from '#engine';
import { refusals } from '../http/refusal.js';
import { READ_STORE } from './stores.js';

/** The workflow that a selector in an address means. */
@Injectable()
export class WorkflowFinder {
  constructor(@Inject(READ_STORE) private readonly store: ReadStore) {}

  /** @throws Refusal 404 for none, 409 for a prefix of several ids or a glob of several names */
  async find(selector: string): Promise<WorkflowRef> {
    const selected = await selectWorkflow(this.store, selector);
    if (selected.kind === 'one') return selected.workflow;
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
}

export const noWorkflow = (selector: string): Error =>
  refusals.notFound(`no workflow "${selector.slice(0, 200)}"`, 'list them with `sluice ls`');
