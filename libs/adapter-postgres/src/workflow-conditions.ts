import type { WorkflowConditions } from '#contracts';
import { likePattern } from '#engine';

/** Conditions on workflows as read_workflow_page.sql takes them, from its fifth parameter on. Null: none. */
export function conditionColumns(conditions: WorkflowConditions | null): unknown[] {
  if (conditions === null) return ['{"names":[],"labels":[]}', null, null, null, null, null, []];
  const { names, labels, owner, state, space, submitted } = conditions;
  const many = {
    names: names.map(({ isNot, values }) => ({ not: isNot, like: values.map(likePattern) })),
    labels: labels.map(({ isNot, values }) => ({ not: isNot, values })),
  };
  const turned = Object.entries({ owner, state, space }).flatMap(([name, each]) => (each?.isNot ? [name] : []));
  return [
    ...[JSON.stringify(many), owner?.values ?? null, state?.values ?? null, space?.values ?? null],
    ...[momentOf(submitted?.fromMs), momentOf(submitted?.beforeMs), turned],
  ];
}

const momentOf = (ms: number | null | undefined): Date | null =>
  ms === null || ms === undefined ? null : new Date(ms);
