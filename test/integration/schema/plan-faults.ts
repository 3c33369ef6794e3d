import { z } from 'zod';

/** The part of a node of EXPLAIN's JSON that we judge. */
interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Cond'?: string;
  'Join Filter'?: string;
  Plans?: PlanNode[];
}

const PlanNode: z.ZodType<PlanNode> = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Cond': z.string().optional(),
  'Join Filter': z.string().optional(),
  get Plans() {
    return z.array(PlanNode).optional();
  },
});

const Explained = z.tuple([z.object({ Plan: PlanNode })]);

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

const isFullIndexScan = (node: PlanNode): boolean =>
  /^Index (Only )?Scan$/.test(node['Node Type']) && node['Index Cond'] === undefined;

/** Scans of all that an index holds, right below a join that only filters: the rows of one side times those of the other. */
const crossed = (node: PlanNode): PlanNode[] =>
  node['Join Filter'] === undefined ? [] : (node.Plans ?? []).filter(isFullIndexScan);

/**
 * Judges a plan. A partitioned table must not be read through the whole of an index either: with sequential scans off
 * that is what the planner takes instead. Other large tables may, since their partial indexes are short, but not to hold
 * each row against each of the other side.
 * @param explained what EXPLAIN (FORMAT JSON) answered.
 * @returns one line per scan that reads all of a large table.
 */
export function planFaults(explained: unknown, tables: { large: string[]; partitioned: string[] }): string[] {
  const [{ Plan }] = Explained.parse(explained);
  const nodes = nodesOf(Plan);
  const tableOf = (node: PlanNode): string => (node['Relation Name'] ?? '').replace(/_p\d+$/, '');
  const faults = [
    ...nodes.filter((node) => node['Node Type'] === 'Seq Scan' && tables.large.includes(tableOf(node))),
    ...nodes.filter((node) => isFullIndexScan(node) && tables.partitioned.includes(tableOf(node))),
    ...nodes.flatMap(crossed).filter((node) => tables.large.includes(tableOf(node))),
  ];
  return faults.map((node) => `${node['Node Type']} of all of ${tableOf(node)}`);
}

/**
 * Judges a plan where there are no statistics: of a partitioned table no rows may be read by their workflow alone, for one
 * after the other of its jobs that is the square of its size.
 * @returns one line per scan that reads all of a workflow.
 */
export function wholeWorkflows(explained: unknown, { partitioned }: { partitioned: string[] }): string[] {
  const [{ Plan }] = Explained.parse(explained);
  const walks = nodesOf(Plan).filter((node) => {
    const table = (node['Relation Name'] ?? '').replace(/_p\d+$/, '');
    return partitioned.includes(table) && node['Index Cond']?.includes('ordinal') === false;
  });
  return walks.map((node) => `${node['Node Type']} of ${node['Relation Name']}: ${node['Index Cond']}`);
}
