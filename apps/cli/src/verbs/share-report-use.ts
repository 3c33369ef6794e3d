import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { UseReport } from '#contracts';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { onShares } from '../on-shares.js';
import { printAnswer } from '../print-answer.js';
import { dryRunNote } from '../print-order.js';
import { counted as counts } from '../render/numbers.js';
import { printable } from '../render/printable.js';
import { hours } from '../render/share-text.js';

export interface ReportUseOptions {
  share?: string;
  coreHours?: number;
  report?: string;
  dryRun: boolean;
}

/** Counts use outside Sluice. A file is counted once: its content is its name, unless another is given. */
export async function shareReportUse(
  call: Call,
  { site, file }: { site: string; file?: string },
  options: ReportUseOptions,
): Promise<ExitCode> {
  const { dryRun } = options;
  const report: UseReport = { site, dryRun, ...(await useOf(file, options)) };
  return onShares(call, async (client) => {
    const answer = await client.reportUse(report);
    const { counted, coreHours } = answer;
    const said = counted
      ? `${dryRun ? 'would count' : 'counted'} ${hours(coreHours)} core hours of ${counts(report.use.length, 'share')} at ${printable(site)}`
      : `counted before: nothing of this report is added`;
    await printAnswer(call, answer, {
      lines: [said, ...(dryRun ? [dryRunNote] : [])],
      ids: report.use.map(({ share }) => printable(share)),
      head: ['site', 'share', 'coreHours', 'counted'],
      rows: report.use.map((one) => [site, one.share, one.coreHours, String(counted)]),
    });
  });
}

async function useOf(file: string | undefined, options: ReportUseOptions): Promise<Pick<UseReport, 'use' | 'report'>> {
  const { share, coreHours, report } = options;
  if (file === undefined) {
    if (share === undefined || coreHours === undefined) throw neither();
    return { report, use: [{ share, coreHours }] };
  }
  if (share !== undefined || coreHours !== undefined) throw neither();
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CliFault(exitCodes.usage, [`cannot read ${printable(file)}: ${(cause as Error).message}`], { cause });
  });
  const use = text.split(/\r?\n/).flatMap((line, at) => useIn(line, { file, no: at + 1 }));
  if (use.length === 0) throw new CliFault(exitCodes.usage, [`${printable(file)} holds no line PATH,CORE-HOURS`]);
  return { report: report ?? `sha256:${createHash('sha256').update(text).digest('hex')}`, use };
}

/** Empty lines, `#` remarks and a line of titles say nothing. */
function useIn(line: string, { file, no }: { file: string; no: number }): UseReport['use'] {
  if (line.trim() === '' || line.startsWith('#') || (no === 1 && /^[^,]*,[^\d]*$/.test(line))) return [];
  const [, share, amount] = /^\s*([^,\s]+)\s*,\s*(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*$/.exec(line) ?? [];
  if (share === undefined || amount === undefined) {
    const remedy = 'A line is PATH,CORE-HOURS such as rubin/dm/alice,120.5';
    throw new CliFault(exitCodes.usage, [`${printable(file)}:${no}: not a share and core hours`, remedy]);
  }
  return [{ share, coreHours: Number(amount) }];
}

const neither = (): CliFault =>
  new CliFault(exitCodes.usage, ['give a file, or --share and --core-hours', '`sluice share report-use --help`']);
