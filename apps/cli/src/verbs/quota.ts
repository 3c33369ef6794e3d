import type { QuotaCalls } from '#client';
import type { QuotaView } from '#contracts';
import { connectToRead } from '../connect.js';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printAnswer } from '../print-answer.js';
import type { Cell } from '../render/csv.js';
import { grouped } from '../render/numbers.js';
import { bytesText } from '../render/sizes.js';
import { table } from '../render/table.js';
import type { Cap } from './limit.js';

export interface QuotaSetOptions {
  /** Left out, it stays. */
  fileGib?: Cap;
  jobs?: Cap;
  cores?: Cap;
  issuer?: string;
}

const gib = 1024 ** 3;
const head = [
  'kind',
  'issuer',
  'name',
  'capFileBytes',
  'capQueuedJobs',
  'capRunningCores',
  'files',
  'fileBytes',
] as const;
const cellsOf = (quota: QuotaView): Cell[] => head.map((column) => quota[column] ?? null);
const nameOf = ({ kind, name, issuer }: QuotaView): string =>
  `${kind}:${name}${issuer === '' || issuer === 'local' ? '' : `@${issuer}`}`;

/** Lists quotas that have a cap of their own. */
export function quotaLs(call: Call): Promise<ExitCode> {
  return onQuotas(call, async (quotas) => {
    const all = await quotas.list();
    const lines = all.length === 0 ? ['no space or user has a cap'] : quotaTable(all);
    await printAnswer(call, all, { lines, ids: all.map(nameOf), head, rows: all.map(cellsOf) });
  });
}

/** Sets caps of a user. */
export function quotaSet(
  call: Call,
  user: string,
  { fileGib, jobs, cores, issuer }: QuotaSetOptions,
): Promise<ExitCode> {
  if (fileGib === undefined && jobs === undefined && cores === undefined)
    throw new CliFault(exitCodes.usage, [
      'give --file-gib, --jobs or --cores',
      'a number caps, none takes the cap away',
    ]);
  return onQuotas(call, async (quotas) => {
    const quota = await quotas.setUser(user, {
      ...(fileGib !== undefined && { capFileBytes: fileGib === 'none' ? null : Math.round(fileGib * gib) }),
      ...(jobs !== undefined && { capQueuedJobs: jobs === 'none' ? null : jobs }),
      ...(cores !== undefined && { capRunningCores: cores === 'none' ? null : cores }),
      ...(issuer !== undefined && { issuer }),
    });
    await printAnswer(call, quota, { lines: quotaTable([quota]), ids: [nameOf(quota)], head, rows: [cellsOf(quota)] });
  });
}

async function onQuotas(call: Call, work: (quotas: QuotaCalls) => Promise<void>): Promise<ExitCode> {
  const connection = await connectToRead(call);
  try {
    await work(connection.client.quotas);
    await call.terminal.out.flush();
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}

function quotaTable(quotas: readonly QuotaView[]): string[] {
  const right = ['files', 'size', 'size max', 'open jobs max', 'cores max'].map((title) => ({
    title,
    align: 'right' as const,
  }));
  const rows = quotas.map((quota) => [
    ...[nameOf(quota), grouped(quota.files), bytesText(quota.fileBytes)],
    ...[quota.capFileBytes === null ? '-' : bytesText(quota.capFileBytes)],
    ...[quota.capQueuedJobs === null ? '-' : grouped(quota.capQueuedJobs)],
    ...[typeof quota.capRunningCores === 'number' ? String(quota.capRunningCores) : '-'],
  ]);
  return table([{ title: 'quota', align: 'left', widthMax: 40 }, ...right], rows);
}
