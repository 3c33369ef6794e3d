import { type FieldCondition, fieldConditions, type FieldReader, type TimeSpan } from './query-fields.js';
import { type QueryFault, readQuery } from './query-text.js';
import { WorkflowState } from './job.js';

/** What a query of workflows may ask about; a word without a field is looked for in names. */
export const workflowQueryFields = {
  name: { kind: 'text', isMany: true },
  owner: { kind: 'text' },
  state: { kind: 'word', words: WorkflowState.options },
  label: { kind: 'text', isMany: true },
  space: { kind: 'text' },
  submitted: { kind: 'time' },
} as const satisfies Readonly<Record<string, FieldReader>>;

/** Which workflows are meant: all of it must hold. Null: no condition. */
export interface WorkflowConditions {
  /** Globs: `*` and `?` are wild. */
  names: FieldCondition<string>[];
  /** Of its tasks: it may have several. */
  labels: FieldCondition<string>[];
  owner: FieldCondition<string> | null;
  state: FieldCondition<string> | null;
  space: FieldCondition<string> | null;
  submitted: TimeSpan | null;
}

/** Reads a query of workflows. @returns the conditions that it sets, or the first fault */
export function readWorkflowQuery(text: string): { conditions: WorkflowConditions } | { fault: QueryFault } {
  const read = readQuery(text);
  if ('fault' in read) return read;
  const terms = read.terms.map((term) => {
    if (term.field !== null) return term;
    const values = term.values.map((value) => (value.kind === 'text' ? { ...value, text: `*${value.text}*` } : value));
    return { ...term, values };
  });
  const result = fieldConditions(terms, workflowQueryFields, 'name');
  if ('fault' in result) return result;
  const found = (field: keyof typeof workflowQueryFields): FieldCondition<string>[] =>
    (result.conditions.get(field) ?? []) as FieldCondition<string>[];
  return {
    conditions: {
      ...{ names: found('name'), labels: found('label') },
      ...{ owner: found('owner')[0] ?? null, state: found('state')[0] ?? null, space: found('space')[0] ?? null },
      submitted: (result.conditions.get('submitted')?.[0].values[0] ?? null) as TimeSpan | null,
    },
  };
}
