/**
 * Owns the way of what programs wrote, stdout and stderr whole, into the file store of their space.
 *
 * A1  After the end of an attempt and before it is reported, since the right to send it ends with the report. The attempt's
 *     room is free meanwhile, and its time is over.
 * A2  Never more than so many at once, and never for longer than `sendMsMax`: then the end is reported without.
 * A3  What comes of it changes nothing of the attempt's end.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ProblemError } from '#client';
import { KeepLog, logStreamBytesMax } from '#contracts';
import { AtOnce } from './at-once.js';
import type { Gateway } from './gateway.js';
import { paramsOf } from './job-params.js';
import type { JobFacts } from '#transform-sdk';
import type { LeasedJob } from './leased-job.js';
import type { WorkerLog } from './worker-log.js';

/** Logs read, packed and sent at once: each takes up to 64 MiB while it is. */
const atOnceMax = 2;
const sendMsMax = 60_000;
const pack = promisify(gzip);
/** A link would have the worker send what the program may not read, and a pipe would hold it up. */
const asItIs = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export class AttemptLogs {
  private readonly atOnce = new AtOnce(atOnceMax);
  private readonly ended = new AbortController();

  /** @param rule of attempts whose job says nothing */
  constructor(
    private readonly gateway: Gateway,
    private readonly rule: KeepLog,
    private readonly log: WorkerLog,
  ) {}

  /** What is on its way now is given up, and nothing more is sent. */
  stop(): void {
    this.ended.abort(new Error('the worker ends'));
  }

  /** Whether the log of an attempt is to be sent. Costs jobs of other transforms nothing. */
  wants(job: LeasedJob, facts: JobFacts, { finished }: { finished: boolean }): boolean {
    const { transform, params } = job.task.facts;
    if (transform !== 'command' || this.ended.signal.aborted) return false;
    const own = params === null && job.spec.params === undefined ? undefined : wordOf(job, facts);
    const rule = KeepLog.safeParse(own).data ?? this.rule;
    return rule === 'always' || (rule === 'failed' && !finished);
  }

  /** Sends what lies in the folder of an attempt that ended. Never throws. A2, A3 */
  async send(job: LeasedJob, folder: string): Promise<void> {
    const signal = AbortSignal.any([this.ended.signal, AbortSignal.timeout(sendMsMax)]);
    try {
      await this.atOnce.run(() => this.sendNow(job, folder, signal));
    } catch (fault) {
      this.leaveOut(job, fault);
    }
  }

  private async sendNow(job: LeasedJob, folder: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const [stdout, stderr] = [await packed(join(folder, 'stdout')), await packed(join(folder, 'stderr'))];
    if (stdout === null && stderr === null) return; // nothing was started
    const body = Buffer.concat([stdout ?? noBytes, stderr ?? noBytes]);
    const sha256 = createHash('sha256').update(body).digest('hex');
    const sent = { job: job.id, attempt: job.attempt, sha256, stdoutBytes: stdout?.length ?? 0, body };
    const { log } = await this.gateway.call(
      () => this.gateway.api.sendLog(sent, job.lease.grant.token, signal),
      signal,
    );
    if (log === 'leftOut') this.leaveOut(job, new Error('its space has no room for logs'));
  }

  private leaveOut({ id, attempt }: LeasedJob, fault: unknown): void {
    const why = fault instanceof ProblemError ? `${fault.code}: ${fault.message}` : String(fault);
    this.log('warn', 'log.left-out', { job: id, attempt, why });
  }
}

/** What the params of a job say of its log. Params that cannot be made out have failed the job, and say nothing. */
function wordOf({ task, spec }: LeasedJob, facts: JobFacts): unknown {
  try {
    const said = paramsOf(task.facts.params, spec.params, facts);
    return typeof said === 'object' && said !== null && 'keepLog' in said ? said.keepLog : undefined;
  } catch {
    return undefined;
  }
}

const noBytes = Buffer.alloc(0);

/** @returns a stream as gzip; null where there is none */
async function packed(path: string): Promise<Buffer | null> {
  const file = await open(path, asItIs).catch(() => null);
  if (file === null) return null;
  try {
    const stat = await file.stat();
    return stat.isFile() ? await pack(await wholeOrEnds(file, stat.size)) : null;
  } finally {
    await file.close();
  }
}

/** All of it, or of a longer one its beginning, a line that says so, and its end. */
async function wholeOrEnds(file: FileHandle, size: number): Promise<Buffer> {
  if (size <= logStreamBytesMax) return part(file, 0, size);
  const half = logStreamBytesMax / 2;
  const line = `\n[... ${size - logStreamBytesMax} bytes were left out here ...]\n`;
  return Buffer.concat([await part(file, 0, half), Buffer.from(line), await part(file, size - half, half)]);
}

async function part(file: FileHandle, from: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, from);
  return buffer.subarray(0, bytesRead);
}
