import { readFileSync } from 'node:fs';
import type { TestStack } from '#test-kit';
import { slopeOf, type Sample } from './slope.js';

/** A process is still filling its caches for so long. */
const warmUpSec = 60;
/** Resident memory may seem to grow by so much over a soak: the heap's own tides. */
const growthMibMax = 96;
/** Database for each job that ran, attempts, events and dead rows included. */
const bytesPerJobMax = 16 * 1_024;
/** Of a table: so many dead rows, or as many as live ones, before autovacuum is behind. */
const deadRowsMax = 50_000;
/** What queues may hold when they are empty, tables with their indexes. */
const emptyQueueMibMax = 64;

interface TableRow {
  name: string;
  live: number;
  dead: number;
  tableMib: number;
  indexMib: number;
}

/** What a soak uses, sampled: resident memory of services, size of the database. */
export class Measure {
  private readonly memory = new Map<string, Sample[]>();
  private readonly lifeBegan = new Map<number, number>();
  private firstBytes: number | null = null;
  private lastBytes = 0;

  constructor(
    private readonly stack: TestStack,
    private readonly services: readonly string[],
  ) {}

  /** One sample of everything; what a fault hides is left out. */
  async sample(atSec: number): Promise<void> {
    for (const name of this.services) {
      const { pid } = this.stack.service(name);
      const value = residentMib(pid);
      const began = this.lifeBegan.get(pid) ?? atSec;
      this.lifeBegan.set(pid, began);
      if (value === null || atSec - began < warmUpSec) continue;
      this.memory.set(name, [...(this.memory.get(name) ?? []), { life: pid, atSec, value }]);
    }
    const rows = await this.stack
      .rows<{ bytes: string }>('select pg_database_size(current_database()) as bytes')
      .catch(() => []);
    if (!rows[0]) return;
    this.lastBytes = Number(rows[0].bytes);
    this.firstBytes ??= this.lastBytes;
  }

  /** @returns lines for people, and a sentence for each bound that is passed. */
  async report(jobsRun: number): Promise<{ lines: string[]; faults: string[] }> {
    await this.stack.rows('select pg_stat_force_next_flush()');
    const tables = await this.stack.rows<TableRow>(tablesText);
    const parts = [this.memoryReport(), this.diskReport(jobsRun), tableReport(tables)];
    return { lines: parts.flatMap((part) => part.lines), faults: parts.flatMap((part) => part.faults) };
  }

  private memoryReport(): { lines: string[]; faults: string[] } {
    const lines: string[] = [];
    const faults: string[] = [];
    for (const [name, samples] of this.memory) {
      const slope = slopeOf(samples);
      const values = samples.map((sample) => sample.value);
      if (slope === null) continue;
      const seconds = Math.max(...samples.map(({ atSec }) => atSec)) - Math.min(...samples.map(({ atSec }) => atSec));
      const range = `${Math.min(...values)} to ${Math.max(...values)} MiB`;
      lines.push(`memory ${name}: ${range}, slope ${(slope * 3_600).toFixed(1)} MiB/h over ${samples.length} samples`);
      if (slope * seconds > growthMibMax) faults.push(`${name} grew by ${(slope * seconds).toFixed(0)} MiB`);
    }
    return { lines, faults };
  }

  private diskReport(jobsRun: number): { lines: string[]; faults: string[] } {
    const perJob = jobsRun === 0 ? 0 : (this.lastBytes - (this.firstBytes ?? 0)) / jobsRun;
    const line = `disk: database ${mib(this.firstBytes ?? 0)} to ${mib(this.lastBytes)} MiB, ${perJob.toFixed(0)} bytes a job`;
    return {
      lines: [line],
      faults: perJob > bytesPerJobMax ? [`the database grew by ${perJob.toFixed(0)} bytes a job`] : [],
    };
  }
}

function tableReport(tables: readonly TableRow[]): { lines: string[]; faults: string[] } {
  const lines = tables
    .filter(({ live, dead, tableMib }) => live + dead > 0 || tableMib >= 1)
    .map(({ name, live, dead, tableMib, indexMib }) => {
      return `table ${name}: ${live} live, ${dead} dead, ${tableMib} MiB, indexes ${indexMib} MiB`;
    });
  const faults = tables.flatMap(({ name, live, dead, tableMib, indexMib }) => [
    ...(dead > Math.max(deadRowsMax, live) ? [`${name} has ${dead} dead rows for ${live} live ones`] : []),
    ...(['ready', 'held'].includes(name) && tableMib + indexMib > emptyQueueMibMax
      ? [`${name} holds ${tableMib + indexMib} MiB and is empty`]
      : []),
  ]);
  return { lines, faults };
}

function residentMib(pid: number): number | null {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? null : Math.round(Number(kib) / 1_024);
  } catch {
    return null; // it was killed and is not there again yet
  }
}

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

const tablesText = `
  select relname as name, n_live_tup::int as live, n_dead_tup::int as dead,
    round(pg_table_size(relid) / 1048576.0, 1)::float8 as "tableMib",
    round(pg_indexes_size(relid) / 1048576.0, 1)::float8 as "indexMib"
  from pg_stat_user_tables
  order by pg_total_relation_size(relid) desc
  limit 16`;
