import type { ReportAnswer } from '#contracts';
import { terminalBatchBytesMax } from '#contracts';
import { refusals } from '../../http/refusal.js';
import type { TerminalGatherer } from './terminal-gatherer.js';
import { readTerminalBatch } from './terminal-shape.js';
import type { VerdictWaits } from './verdict-waits.js';

/** Takes workers' reports: checks their shape, sees them into the stream, waits a moment for their verdicts. */
export class Reports {
  constructor(
    private readonly gatherer: TerminalGatherer,
    private readonly verdicts: VerdictWaits,
  ) {}

  /**
   * @returns `settled` with the verdicts if they came within a second, else `accepted`: keep the journal.
   * @throws Refusal for the shape of the body or another's session; StreamUnavailable: keep the journal, send again.
   */
  async report(session: string, raw: Buffer): Promise<ReportAnswer> {
    if (raw.length > terminalBatchBytesMax) throw refusals.tooLarge('a TerminalBatch', terminalBatchBytesMax);
    const batch = readTerminalBatch(raw);
    if (batch.session !== session) {
      throw refusals.forbidden(`the batch is of session ${batch.session}, the token of session ${session}`);
    }
    const wait = this.verdicts.begin(batch.batchId);
    try {
      await this.gatherer.add(batch.partition, raw);
      const verdicts = await this.verdicts.verdictOf(wait);
      return { batchId: batch.batchId, state: verdicts ? 'settled' : 'accepted', verdicts };
    } finally {
      this.verdicts.end(wait);
    }
  }
}
