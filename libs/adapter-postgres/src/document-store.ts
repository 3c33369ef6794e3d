import type { WrittenHeader } from '#contracts';
import type { DocumentStore, JobObservation, KeptDocument, KeptJob } from '#engine';
import { reasonOf, stateOf } from './code-words.js';
import type { Reads } from './database.js';
import * as queries from './generated/queries.js';

/** Documents of sealed workflows, read back in steps. */
export class PostgresDocumentStore implements DocumentStore {
  constructor(private readonly database: Reads) {}

  async document(workflowNo: string): Promise<KeptDocument | null> {
    type Kept = [string | null, number, number, number, number, number | null];
    const [row] = await this.database.run<Kept>(queries.readDocument, [workflowNo]);
    if (!row) return null;
    const [header, templates, jobs, packed, edges, finalOrdinal] = row;
    if (header === null || packed !== jobs) return null;
    return { header: JSON.parse(header) as WrittenHeader, templates, jobs, edges, finalOrdinal };
  }

  async parentPack(workflowNo: string, firstOrdinal: number): Promise<Uint8Array<ArrayBuffer>> {
    const [row] = await this.database.run<[number, string]>(queries.readParentPack, [workflowNo, firstOrdinal]);
    if (!row) throw new Error(`workflow ${workflowNo} has no parent pack at ${firstOrdinal}`);
    const [length, base64] = row;
    const pack = new Uint8Array(length);
    Buffer.from(pack.buffer).write(base64, 'base64');
    return pack;
  }

  async documentJobs(step: Parameters<DocumentStore['documentJobs']>[0]): Promise<KeptJob[]> {
    type Job = [name: string, label: string, template: string, spec: string | null];
    const params = [step.workflowNo, step.from, step.rows, step.bytesMax];
    const rows = await this.database.run<Job>(queries.readDocumentJobs, params);
    return rows.map(([name, label, template, spec]) => ({ name, label, template, spec }));
  }

  async jobNames(workflowNo: string, ordinals: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return new Map(await this.database.run<[number, string]>(queries.sealNames, [workflowNo, ordinals]));
  }

  async observations({
    workflowNo,
    from,
    to,
  }: Parameters<DocumentStore['observations']>[0]): Promise<JobObservation[]> {
    type Seen = [
      ...[state: number, reason: number, attempt: number, exitCode: number | null],
      ...[startedAt: Date | null, endedAt: Date | null, cpuSec: number | null, peakMemoryMib: number | null],
      ...[site: string | null, worker: string | null],
    ];
    const rows = await this.database.run<Seen>(queries.readObserved, [workflowNo, from, to]);
    return rows.map((row) => {
      const [state, reason, attempt, exitCode, startedAt, endedAt, cpuSec, peakMemoryMib, site, worker] = row;
      return {
        ...{ state: stateOf(state), reason: reasonOf(reason), attempt, exitCode },
        ...{ startedAt, endedAt, cpuSec, peakMemoryMib, site, worker },
      };
    });
  }
}
