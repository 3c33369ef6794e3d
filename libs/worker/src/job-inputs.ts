/**
 * Owns the way of a job's inputs from its space's files into its folder, before it starts.
 *
 * I1  Each job has copies of its own (on file systems that can, copies that share their blocks): whatever it does to them,
 *     the next job gets the file as it is.
 * I2  A break is gone on from where it broke; while the gateway is away it is waited for, as long as anything comes within
 *     `patienceMs`. After that the job goes back, charged to nobody.
 * I3  A file that the space has no more fails the job: another try would not help.
 * I4  Jobs that wait have their files brought ahead, one at a time, while there is room.
 */
import { constants } from 'node:fs';
import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ProblemError, ServerUnreachable } from '#client';
import { clashOf, fetchedFiles, fetchedNameFault, type FetchedFile } from '#contracts';
import { JobFailure, JobUnstarted } from '#transform-sdk';
import { AtOnce } from './at-once.js';
import { WrongBytes, type FileCache, type FileDraft } from './file-cache.js';
import { isTokenRefusal, type Gateway } from './gateway.js';
import type { LeasedJob } from './leased-job.js';
import type { WorkerLog } from './worker-log.js';

const usualPatienceMs = 600_000;
/** Downloads at once, so that those of many jobs do not crowd each other out. */
const atOnceMax = 4;
/** Jobs whose files are still to be brought ahead; those beyond have theirs brought when they start. */
const aheadMax = 64;

/** What is fetched for a job; null: nothing, for most jobs found without looking. */
export function filesOf({ spec: { inputs, files } }: LeasedJob): FetchedFile[] | null {
  if (inputs === undefined) return null;
  const fetched = fetchedFiles(inputs, (name) => (files && Object.hasOwn(files, name) ? files[name] : undefined));
  return fetched.length === 0 ? null : fetched;
}

export class JobInputs {
  private readonly ended = new AbortController();
  private readonly ahead: LeasedJob[] = [];
  private bringing = false;
  private readonly atOnce = new AtOnce(atOnceMax);

  constructor(
    private readonly cache: FileCache,
    private readonly gateway: Gateway,
    private readonly log: WorkerLog,
    private readonly patienceMs = usualPatienceMs,
  ) {}

  /** I4 */
  bringAhead(job: LeasedJob): void {
    if (this.ahead.length >= aheadMax || filesOf(job) === null) return;
    this.ahead.push(job);
    if (!this.bringing) void this.bringNext();
  }

  /** Nothing more is brought ahead. */
  stop(): void {
    this.ended.abort(new Error('the worker ends'));
  }

  /**
   * Puts a job's files into its folder.
   * @throws JobFailure when they cannot be there; JobUnstarted when this worker could not get them; the signal's reason
   */
  async place(job: LeasedJob, files: readonly FetchedFile[], folder: string, signal: AbortSignal): Promise<void> {
    const names = files.map(({ name }) => name);
    const bad = names.find((name) => fetchedNameFault(name) !== null) ?? clashOf(names);
    if (bad !== null) throw new JobFailure({ reason: 'rejected', message: `input ${bad} has no place in the folder` });
    for (const file of files) {
      const to = join(folder, file.name);
      await this.through(job, file, signal, (path) => copied(path, to)).catch((fault: unknown) => {
        throw failureOf(file, fault, signal);
      });
    }
  }

  private async bringNext(): Promise<void> {
    this.bringing = true;
    for (let job = this.ahead.shift(); job !== undefined; job = this.ahead.shift()) {
      const { signal } = this.ended;
      if (signal.aborted || this.cache.isCrowded) continue;
      for (const file of filesOf(job) ?? []) {
        // What goes wrong here is told when the job starts, if it does.
        await this.through(job, file, signal, () => Promise.resolve()).catch(() => undefined);
      }
    }
    this.bringing = false;
  }

  private through(
    job: LeasedJob,
    { sha256 }: FetchedFile,
    signal: AbortSignal,
    take: (path: string) => Promise<void>,
  ): Promise<void> {
    const { space, workflow } = job.task.facts;
    const bring = (draft: FileDraft): Promise<void> => this.atOnce.run(() => this.bring(job, sha256, draft, signal));
    return this.cache.use({ space: space ?? workflow, sha256 }, { bring, take, signal });
  }

  /** I2 */
  private async bring(job: LeasedJob, sha256: string, draft: FileDraft, signal: AbortSignal): Promise<void> {
    const silent = new AbortController();
    const timer = setTimeout(() => silent.abort(new StoreAway()), this.patienceMs);
    const either = AbortSignal.any([signal, silent.signal]);
    let total: number | null = null;
    try {
      await this.gateway.call(async () => {
        if (draft.bytes === total) return;
        const { lease, id, attempt } = job;
        const asked = { job: id, attempt, sha256, from: draft.bytes };
        const answer = await this.gateway.api.readFile(asked, lease.grant.token, either).catch(tokenMayCome);
        if (answer.from !== draft.bytes) await draft.clear();
        total = answer.total;
        for await (const piece of answer.pieces) {
          await draft.append(piece);
          timer.refresh();
        }
      }, either);
    } finally {
      clearTimeout(timer);
    }
    this.log('info', 'file.fetched', { sha256, bytes: draft.bytes, job: job.id });
  }
}

/** Nothing came for as long as we wait. */
class StoreAway extends Error {
  override readonly name = 'StoreAway';
  constructor() {
    super('nothing of it came for 10 minutes');
  }
}

/** A token that ran out is renewed with the next beat: as if the gateway were away. */
function tokenMayCome(fault: unknown): never {
  throw isTokenRefusal(fault) ? new ServerUnreachable('the gateway', { cause: fault }) : fault;
}

/** I1 */
async function copied(path: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await copyFile(path, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await chmod(to, 0o444);
}

function failureOf({ name, sha256 }: FetchedFile, fault: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return new JobUnstarted(`stopped while input ${name} was fetched`);
  if (fault instanceof ProblemError && fault.code === 'file/gone') {
    const message = `input ${name}: the space keeps no file ${sha256} any more; send it again (sluice file put), then retry`;
    return new JobFailure({ message });
  }
  const { code = '', message } = fault as NodeJS.ErrnoException;
  if (fault instanceof ProblemError || fault instanceof StoreAway) {
    return new JobUnstarted(`input ${name} could not be fetched: ${message}`);
  }
  const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code);
  const why = isFull ? 'the disk of the worker has no room for it' : message;
  const isOurs = isFull || fault instanceof WrongBytes || code !== '';
  return isOurs ? new JobFailure({ reason: 'site', message: `input ${name}: ${why}`, cause: fault }) : fault;
}
