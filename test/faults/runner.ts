import { faultPoints, type FaultPoint } from '#faultpoint';
import { startTestPostgres, type TestPostgres } from '#test-kit';
import { countersText, noCounters, sumOf, type Counters } from './counters.js';
import { LeftOut, type FaultRow } from './fault-row.js';
import { Trial } from './trial.js';

/** How one row went with one seed. */
export interface RowResult {
  row: FaultRow;
  seed: number;
  sec: number;
  counters: Counters;
  /** Null: survived. */
  fault: Error | null;
  points: ReadonlySet<FaultPoint>;
}

/** Runs rows one after the other. Rows that leave PostgreSQL alone share one, each with a database of its own. */
export class Runner {
  private shared: Promise<TestPostgres> | null = null;

  /**
   * @param say a line for whoever waits
   * @param verifyMode every transition is logged, so that all invariants can be asked; it takes longer
   */
  constructor(
    private readonly say: (line: string) => void,
    private readonly verifyMode = true,
  ) {}

  async run(row: FaultRow, seed: number): Promise<RowResult> {
    const trial = new Trial(seed, () => (this.shared ??= startTestPostgres()), this.verifyMode);
    const startedMs = performance.now();
    let fault: Error | null = null;
    try {
      await row.run(trial);
      await trial.stack.explained(() => trial.verdict(row));
      missedPoints(row, trial);
    } catch (cause) {
      fault = cause instanceof Error ? cause : new Error(String(cause));
    }
    const counters = isLeftOut({ fault }) ? noCounters : await trial.counters();
    const points = new Set(trial.faultsSeen.map(({ point }) => point));
    const figures = [...trial.figures].map(([what, value]) => `, ${what} ${value.toFixed(1)}`).join('');
    await trial.end();
    const sec = (performance.now() - startedMs) / 1_000;
    this.say(`${wordFor(fault)} ${row.id.padEnd(4)} seed ${seed} ${sec.toFixed(1)} s: ${row.title}${figures}`);
    if (fault instanceof LeftOut) this.say(fault.message);
    else if (fault !== null) this.say(fault.stack ?? fault.message);
    return { row, seed, sec, counters, fault, points };
  }

  async stop(): Promise<void> {
    const postgres = await this.shared;
    await postgres?.stop();
  }
}

function missedPoints({ points = [] }: FaultRow, trial: Trial): void {
  const seen = new Set(trial.faultsSeen.map(({ point }) => point));
  const missed = points.filter((point) => !seen.has(point));
  if (missed.length > 0) throw new Error(`nothing failed at ${missed.join(', ')}: the row tried nothing`);
}

/** Registered points that none of these rows says to hit. */
export function unhitPoints(rows: readonly FaultRow[]): FaultPoint[] {
  const hit = new Set(rows.flatMap(({ points = [] }) => points));
  return faultPoints.filter((point) => !hit.has(point));
}

const isLeftOut = ({ fault }: Pick<RowResult, 'fault'>): boolean => fault instanceof LeftOut;

function wordFor(fault: Error | null): string {
  if (fault === null) return 'ok  ';
  return isLeftOut({ fault }) ? 'out ' : 'FAIL';
}

/** Which of all fault points these rows were seen to hit. */
export function pointsHit(results: readonly RowResult[]): string {
  const hit = new Set(results.flatMap(({ points }) => [...points]));
  const missed = faultPoints.filter((point) => !hit.has(point));
  const names = missed.length > 0 ? `; not ${missed.join(', ')}` : '';
  return `fault points hit ${faultPoints.length - missed.length} of ${faultPoints.length}${names}`;
}

/** The last lines of a run. Rows that this machine can't try are counted apart. */
export function closingLines(all: readonly RowResult[]): string {
  const results = all.filter((result) => !isLeftOut(result));
  const leftOut = all.length - results.length;
  const survived = results.filter(({ fault }) => fault === null).length;
  const counters = results.map((result) => result.counters).reduce(sumOf, noCounters);
  const apart = leftOut > 0 ? `left out ${leftOut}\n` : '';
  return `${apart}faults survived ${survived} of ${results.length}\n${countersText(counters)}`;
}
