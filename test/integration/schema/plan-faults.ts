import { z } from 'zod';

/** The part of a node of EXPLAIN's JSON that we judge. */
interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Cond'?: string;
  Plans?: PlanNode[];
}

const PlanNode: z.ZodType<PlanNode> = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Cond': z.string().optional(),
  get Plans() {
    return z.array(PlanNode).optional();
  },
});

const Explained = z.tuple([z.object({ Plan: PlanNode })]);

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

const isFullIndexScan = (node: PlanNode): boolean =>
  /^Index (Only )?Scan$/.test(node['Node Type']) && node['Index Cond'] === undefined;

/**
 * Judges a plan. A partitioned table must not be read through the whole of an index either: with sequential scans off
 * that is what the planner takes instead. Smaller tables may, since their partial indexes are short.
 * @param explained what EXPLAIN (FORMAT JSON) answered.
 * @returns one line per scan that reads all of a large table.
 */
export function planFaults(explained: unknown, tables: { large: string[]; partitioned: string[] }): string[] {
  const [{ Plan }] = Explained.parse(explained);
  return nodesOf(Plan).flatMap((node) => {
    const relation = node['Relation Name'] ?? '';
    const table = relation.replace(/_p\d+$/, '');
    const bad =
      (node['Node Type'] === 'Seq Scan' && tables.large.includes(table)) ||
      (isFullIndexScan(node) && tables.partitioned.includes(table));
    return bad ? [`${node['Node Type']} of all of ${relation}`] : [];
  });
}
