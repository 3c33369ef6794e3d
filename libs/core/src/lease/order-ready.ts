/** What decides which of two rows of ready jobs goes first. */
export interface OrderedRow {
  readonly priority: number;
  /** Number of its workflow, as text: later workflows have higher ones. */
  readonly workflowNo: string;
}

/** @returns the rows in the order in which they are served: higher priority first, then the older workflow; else as they came. */
export const orderReady = <Row extends OrderedRow>(rows: readonly Row[]): Row[] =>
  [...rows].sort((a, b) => b.priority - a.priority || compareNumbers(a.workflowNo, b.workflowNo));

/** Whole numbers as text, without leading zeros: the longer one is the higher one. */
const compareNumbers = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : Number(a > b));
