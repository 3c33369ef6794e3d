import { promiseSecMax, promiseSecUnknown } from '#core';
import type { AllocationBook, ClassInFlight, ShareBook, ShareBooks } from '#engine';
import type { Database } from './database.js';
import * as queries from './generated/queries.js';

/** Sessions whose leases are looked at in one statement. */
const sessionsOfPage = 2_000;

/** Shares, their use, and what is in flight. */
export class PostgresShareStore implements ShareBooks {
  constructor(protected readonly database: Database) {}

  async books(): Promise<ShareBook[]> {
    return (await this.database.run<BookRow>(queries.shareBooks)).map(bookOf);
  }

  async inFlight(): Promise<ClassInFlight[]> {
    const found: ClassInFlight[] = [];
    let after = '0';
    for (let sessions = sessionsOfPage; sessions === sessionsOfPage;) {
      const rows = await this.database.run<InFlightRow>(queries.shareInFlight, [
        ...[after, sessionsOfPage, promiseSecMax, promiseSecUnknown],
      ]);
      for (const [classId, shareId, runningCores, coreSec, usualSec] of rows) {
        found.push({ classId, shareId, runningCores, coreSec, usualSec });
      }
      after = rows[0]?.[5] ?? after;
      sessions = rows[0]?.[6] ?? 0;
    }
    return found;
  }

  async beginPeriods(): Promise<void> {
    await this.database.run(queries.shareNextPeriod);
  }
}

/** A row of share_books.sql. */
export type BookRow = [
  ...[id: number, parentId: number | null, path: string, weight: number, coreHours: number | null],
  ...[periodSec: number | null, fromMs: number | null, usedBefore: number, strict: boolean, coreSec: number],
  ...[decayed: number, over: boolean, outside: number],
];
type InFlightRow = [number, number | null, number, number, number | null, string, number];

export function bookOf(row: BookRow): ShareBook {
  const [
    id,
    parentId,
    path,
    weight,
    coreHours,
    periodSec,
    fromMs,
    usedBefore,
    strict,
    coreSec,
    decayed,
    over,
    outside,
  ] = row;
  const allocation: AllocationBook | null =
    coreHours === null
      ? null
      : { coreHours, periodSec, fromMs: fromMs ?? 0, usedBeforeCoreSec: usedBefore, strict, over };
  return { id, parentId, path, weight, allocation, coreSec, decayedCoreSec: decayed, outsideCoreSec: outside };
}
