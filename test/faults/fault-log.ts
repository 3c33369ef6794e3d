import { existsSync, readFileSync } from 'node:fs';
import type { FaultLine } from '#faultpoint';

/** What processes of a trial did to themselves so far, oldest first. */
export function readFaultLog(file: string): FaultLine[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as FaultLine);
}
