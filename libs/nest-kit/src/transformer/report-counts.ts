import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { SettledOrAside } from '#engine';

/** What became of the ends of attempts that came here. */
export interface Reports {
  /** Counted: `late` and plain ones. */
  applied: number;
  /** Of these, of attempts that had been given up as lost. */
  late: number;
  /** Had counted before. */
  duplicate: number;
  /** Of attempts that are not their worker's, or not any more. */
  stale: number;
  /** Batches of which every end had counted before: sent again, or delivered again. */
  repeatedBatches: number;
}

const none: Readonly<Reports> = { applied: 0, late: 0, duplicate: 0, stale: 0, repeatedBatches: 0 };
const tellMs = 60_000;

/** Counts reports, and writes one line a minute while some of them were late, repeated or nobody's. Quiet otherwise. */
@Injectable()
export class ReportCounts implements OnModuleDestroy {
  /** Since the start. */
  readonly all: Reports = { ...none };
  private minute: Reports = { ...none };
  private readonly logger = new Logger('reports');
  private readonly timer = setInterval(() => this.tell(), tellMs).unref();

  note({ applied, late, verdicts }: Pick<SettledOrAside, 'applied' | 'late' | 'verdicts'>): void {
    const sum = (count: (verdict: (typeof verdicts)[number]) => number): number =>
      verdicts.reduce((all, verdict) => all + count(verdict), 0);
    const now: Reports = {
      ...{ applied, late },
      duplicate: sum((verdict) => verdict.duplicate.length),
      stale: sum((verdict) => verdict.stale.length),
      repeatedBatches: sum((verdict) => (verdict.duplicate.length === verdict.events ? 1 : 0)),
    };
    for (const sums of [this.all, this.minute]) {
      for (const name of ['applied', 'late', 'duplicate', 'stale', 'repeatedBatches'] as const) sums[name] += now[name];
    }
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.tell();
  }

  private tell(): void {
    const { late, duplicate, stale } = this.minute;
    if (late + duplicate + stale > 0)
      this.logger.log('not all reports were plain', { ...this.minute, sinceStart: this.all });
    this.minute = { ...none };
  }
}
